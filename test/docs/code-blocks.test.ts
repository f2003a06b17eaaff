import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { type CodeBlock, codeBlocks, filesOf, pages, ROOT } from './markdown.js'

const LOGTO = `declare const logto: import('@yourorg/interaqt-logto/server').Client\n`
const SYNC = `declare const sync: import('@yourorg/interaqt-logto/interaqt').LogtoSync\n`

/** What a block on a page may take for granted, named by `<!-- with: name -->` before it. */
const PRELUDES: Record<string, string> = {
  logto: LOGTO,
  server: `${LOGTO}${SYNC}declare const controller: import('@yourorg/interaqt-logto/http').InteraqtController\n`,
  browser: `declare const client: import('@yourorg/interaqt-logto/browser').Client\n`,
  testing: '',
  'testing-app': `import { expect, test } from 'vitest'
    declare const logto: import('@yourorg/interaqt-logto/testing').TestLogto
    declare const app: import('hono').Hono\n`,
  'testing-browser': `import { startEmbeddedLogto } from '@yourorg/interaqt-logto/embedded'
    declare const page: import('playwright-core').Page\n`,
}

/** Modules of the reader's own that blocks import, as if they lay beside them. */
const OWN_MODULES = new Map([
  [join(ROOT, 'app.ts'), `export { createController } from './test/docs/testing-app.js'\n`],
  [
    join(folderOf('docs/recipes/deployment.md'), 'model.ts'),
    `export * from '${ROOT}/test/docs/recipes/model.js'\n`,
  ],
  [
    join(folderOf('docs/recipes/rate-limits.md'), 'app.ts'),
    `export declare const logto: import('@yourorg/interaqt-logto/server').Client
    export declare const sync: import('@yourorg/interaqt-logto/interaqt').LogtoSync
    export declare const controller: import('@yourorg/interaqt-logto/http').InteraqtController\n`,
  ],
])

const blocks = pages()
  .flatMap(codeBlocks)
  .filter(({ language }) => language === 'ts' || language === 'tsx')

it.each([
  // Stricter than any reader's.
  [
    'block of the pages type-checks with the settings of this project',
    projectSettings(),
    blocks.filter(({ file }) => !file),
  ],
  // Interaqt's types of interactions do not fit its own Controller under exactOptionalPropertyTypes.
  [
    "file of the pages type-checks with the guide's settings",
    guideSettings(),
    blocks.filter(({ file }) => file),
  ],
])(
  'every TypeScript %s',
  (_, settings, found) => {
    expect(found.length).toBeGreaterThan(5)
    expect(problemsIn(found, settings)).toEqual([])
    // As long as a whole `tsc`, on a machine that does other things as well.
  },
  120_000,
)

it('no block prints the query of a request, which may hold a code or a token', () => {
  const printed = blocks.flatMap(({ page, line, code }) =>
    code
      .split('\n')
      .filter(
        (text) =>
          /console\.\w+\(/.test(text) && /\breq(uest)?\.(url|originalUrl)\b(?!\)\.pathname)/.test(text),
      )
      .map((text) => `${page}:${line}: ${text.trim()}`),
  )
  expect(printed).toEqual([])
})

it('a block that does not compile is found, with its page and line', () => {
  const block: CodeBlock = {
    page: 'README.md',
    line: 10,
    language: 'ts',
    prelude: undefined,
    file: undefined,
    code: 'const port: number = "4000"\n',
  }
  const [problem] = problemsIn([block], projectSettings())
  expect(problem).toMatch(/^README\.md:10: .*not assignable/)
})

/** Everything but the blocks, which the programs of this file share. */
const parsedFiles = new Map<string, ts.SourceFile>()

/** Where the files of a page lie, as if the reader had written them. */
function folderOf(page: string): string {
  return join(ROOT, 'docs-blocks', page.replace(/[^\w]/g, '-'))
}

/** One file of TypeScript: a block, or all blocks that the page puts into one file. */
interface Source {
  blocks: { block: CodeBlock; firstLine: number }[]
  text: string
}

function sourcesOf(blocks: CodeBlock[]): Map<string, Source> {
  const sources = new Map<string, Source>()
  for (const [index, block] of blocks.entries()) {
    const prelude = block.prelude ? PRELUDES[block.prelude] : ''
    if (prelude === undefined) throw new Error(`${block.page}:${block.line}: no prelude "${block.prelude}"`)
    const file =
      block.file === undefined
        ? join(ROOT, `docs-block-${index}.${block.language}`)
        : join(folderOf(block.page), block.file)
    const source = sources.get(file) ?? { blocks: [], text: '' }
    source.text += prelude
    source.blocks.push({ block, firstLine: source.text.split('\n').length - 1 })
    source.text += block.code
    sources.set(file, source)
  }
  // Without an import or export a file would be no module.
  for (const source of sources.values()) source.text += '\nexport {}\n'
  return sources
}

function projectSettings(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT).options
}

/** Those of the guide's tsconfig.json, with what the React recipe adds. The package's name leads to its sources. */
function guideSettings(): ts.CompilerOptions {
  const { compilerOptions } = JSON.parse(filesOf('docs/guide.md').get('tsconfig.json') ?? '')
  const { options, errors } = ts.convertCompilerOptionsFromJson(
    { ...compilerOptions, jsx: 'react-jsx' },
    ROOT,
  )
  expect(errors).toEqual([])
  const { paths = {}, pathsBasePath } = projectSettings()
  return { ...options, paths, pathsBasePath: String(pathsBasePath) }
}

// The blocks are checked in memory.
function problemsIn(blocks: CodeBlock[], options: ts.CompilerOptions): string[] {
  const sources = sourcesOf(blocks)
  const host = ts.createCompilerHost({ ...options, noEmit: true })
  const { fileExists, readFile, directoryExists } = host
  const files = [...sources.keys(), ...OWN_MODULES.keys()]
  host.directoryExists = (folder) =>
    files.some((file) => file.startsWith(`${folder}/`)) || (directoryExists?.(folder) ?? true)
  host.fileExists = (file) => sources.has(file) || OWN_MODULES.has(file) || fileExists(file)
  host.readFile = (file) => sources.get(file)?.text ?? OWN_MODULES.get(file) ?? readFile(file)
  host.getSourceFile = (file, languageVersion) => {
    const parsed = parsedFiles.get(file)
    if (parsed) return parsed
    const text = host.readFile(file)
    const source = text === undefined ? undefined : ts.createSourceFile(file, text, languageVersion)
    if (source && !sources.has(file)) parsedFiles.set(file, source)
    return source
  }
  const program = ts.createProgram({
    rootNames: [...sources.keys()],
    options: { ...options, noEmit: true },
    host,
  })
  return [...sources].flatMap(([file, { blocks }]) => {
    const source = program.getSourceFile(file)
    if (!source) throw new Error(`${file} was not compiled`)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (diagnostic) => {
        const { line } = ts.getLineAndCharacterOfPosition(source, diagnostic.start ?? 0)
        const found = blocks.findLast(({ firstLine }) => firstLine <= line) ?? blocks[0]
        const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
        return `${found?.block.page}:${(found?.block.line ?? 0) + line - (found?.firstLine ?? 0)}: ${message}`
      },
    )
  })
}
