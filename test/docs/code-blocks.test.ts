import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { type CodeBlock, codeBlocks, pages, ROOT } from './markdown.js'

const LOGTO = `declare const logto: import('@yourorg/interaqt-logto/server').Client\n`
const SYNC = `declare const sync: import('@yourorg/interaqt-logto/interaqt').LogtoSync\n`
const ENVIRONMENT =
  "'LOGTO_ENDPOINT' | 'LOGTO_M2M_APP_ID' | 'LOGTO_M2M_APP_SECRET' | 'INTERAQT_ENDPOINT' | 'LOGTO_WEBHOOK_SIGNING_KEY'"

/** What a block on a page may take for granted, named by `<!-- with: name -->` before it. */
const PRELUDES: Record<string, string> = {
  logto: LOGTO,
  server: `${LOGTO}${SYNC}declare const controller: import('@yourorg/interaqt-logto/http').InteraqtController\n`,
  browser: `declare const client: import('@yourorg/interaqt-logto/browser').Client\n`,
  app: `declare const env: { [name in ${ENVIRONMENT}]: string }
    declare function createController(sync: object): Promise<import('@yourorg/interaqt-logto/http').InteraqtController &
      Parameters<import('@yourorg/interaqt-logto/interaqt').LogtoSync['attach']>[0]>\n`,
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
])

it('every TypeScript block of the pages type-checks', () => {
  const blocks = pages()
    .flatMap(codeBlocks)
    .filter(({ language }) => language === 'ts' || language === 'tsx')
  expect(blocks.length).toBeGreaterThan(0)
  expect(problemsIn(blocks)).toEqual([])
  // As long as a whole `tsc`, on a machine that does other things as well.
}, 120_000)

it('a block that does not compile is found, with its page and line', () => {
  const [problem] = problemsIn([
    {
      page: 'README.md',
      line: 10,
      language: 'ts',
      prelude: undefined,
      code: 'const port: number = "4000"\n',
    },
  ])
  expect(problem).toMatch(/^README\.md:10: .*not assignable/)
})

/** Everything but the blocks, which the programs of this file share. */
const parsedFiles = new Map<string, ts.SourceFile>()

// The blocks are checked in memory, each a module of its own, with the project's settings.
function problemsIn(blocks: CodeBlock[]): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT)
  const sources = new Map<string, { block: CodeBlock; text: string; preludeLines: number }>()
  for (const [index, block] of blocks.entries()) {
    const prelude = block.prelude ? PRELUDES[block.prelude] : ''
    if (prelude === undefined) throw new Error(`${block.page}:${block.line}: no prelude "${block.prelude}"`)
    const text = `${prelude}${block.code}\nexport {}\n`
    sources.set(join(ROOT, `docs-block-${index}.${block.language}`), {
      block,
      text,
      preludeLines: prelude.split('\n').length - 1,
    })
  }
  const host = ts.createCompilerHost({ ...options, noEmit: true })
  const { fileExists, readFile } = host
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
  return [...sources.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)
    const found = sources.get(file)
    if (!source || !found) return []
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (diagnostic) => {
        const { line } = ts.getLineAndCharacterOfPosition(source, diagnostic.start ?? 0)
        const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
        return `${found.block.page}:${found.block.line + line - found.preludeLines}: ${message}`
      },
    )
  })
}
