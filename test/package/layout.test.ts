import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')

/** What the files of a folder may import from others: CONTRIBUTING, "How the folders depend on each other". */
const MAY_IMPORT: Record<string, string[]> = {
  logto: [],
  browser: ['logto'],
  server: ['logto'],
  webhook: ['logto'],
  interaqt: ['logto', 'server', 'webhook'],
  session: ['logto', 'server'],
  'session/browser': ['logto', 'browser', 'session'],
  http: ['logto', 'server', 'webhook', 'interaqt', 'session'],
  react: ['browser'],
  testing: ['logto', 'webhook'],
  embedded: ['logto', 'testing'],
  cli: ['logto', 'server', 'webhook', 'interaqt', 'http', 'session', 'testing', 'embedded'],
}

/** Packages that a folder may import; a node built-in is `node:`. Types count too: they end up in the built `.d.ts`. */
const MAY_USE: Record<string, string[]> = {
  logto: [],
  browser: ['@logto/browser'],
  server: ['jose'],
  webhook: ['zod', 'node:'],
  interaqt: ['interaqt', 'node:'],
  session: ['@logto/node', 'hono', 'jose', 'node:'],
  'session/browser': [],
  http: ['hono', '@hono/node-server', 'interaqt', 'node:'],
  react: ['react'],
  testing: ['jose', 'msw', 'zod', 'node:'],
  embedded: ['oidc-provider', 'hono', '@hono/node-server', 'zod', 'node:'],
  cli: ['commander', '@clack/prompts', 'zod', 'node:'],
}

interface Source {
  /** Path below src/, with slashes. */
  path: string
  text: string
}

describe('the folders of src/', () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => ({ path: name.replaceAll('\\', '/'), text: readFileSync(join(SRC, name), 'utf8') }))

  it('depend on each other in one direction, and on the packages that they may use', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.flatMap(problemsOf)).toEqual([])
  })

  it('have no files that import each other in a circle', () => {
    expect(circles(sources)).toEqual([])
  })

  it('would have a circle found', () => {
    const text = (...imported: string[]) => imported.map((name) => `import './${name}.js'`).join('\n')
    const files = { a: text('b'), b: text('c'), c: text('b', 'd'), d: '' }
    expect(circles(Object.entries(files).map(([name, text]) => ({ path: `x/${name}.ts`, text })))).toEqual([
      'x/b.ts > x/c.ts > x/b.ts',
    ])
  })

  it.each([
    ['browser/client.ts', "import type { Client } from '../server/index.js'"],
    ['logto/user.ts', "export { verifyWebhook } from '../webhook/index.js'"],
    ['server/client.ts', "const { sync } = await import('../interaqt/index.js')"],
    ['browser/client.ts', "import { createHash } from 'node:crypto'"],
    ['browser/client.ts', "import { z } from 'zod'"],
    ['interaqt/sync.ts', "import { PGLiteDB } from 'interaqt/drivers'"],
    ['elsewhere/file.ts', "import '../logto/index.js'"],
  ])('would be refused: %s with %s', (path, text) => {
    expect(problemsOf({ path, text })).toHaveLength(1)
  })
})

function problemsOf({ path, text }: Source): string[] {
  const folder = folderOf(path)
  return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => {
    const target = ownFolder(path, fileName)
    const allowed =
      target === undefined
        ? MAY_USE[folder]?.includes(packageOf(fileName))
        : target === folder || MAY_IMPORT[folder]?.includes(target)
    return allowed ? [] : [`src/${path} imports ${fileName}`]
  })
}

/** Each circle of imports, types included, as the way round. */
function circles(sources: Source[]): string[] {
  const imports = new Map(
    sources.map(({ path, text }) => [
      path.replace(/\.tsx?$/, ''),
      ts
        .preProcessFile(text, true, true)
        .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => posix.join(posix.dirname(path), fileName).replace(/\.js$/, '')),
    ]),
  )
  const paths = new Map(sources.map(({ path }) => [path.replace(/\.tsx?$/, ''), path]))
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, way: string[]): void => {
    const start = way.indexOf(file)
    if (start >= 0) found.push([...way.slice(start), file].map((name) => paths.get(name)).join(' > '))
    if (start >= 0 || done.has(file)) return
    for (const imported of imports.get(file) ?? []) visit(imported, [...way, file])
    done.add(file)
  }
  for (const file of imports.keys()) visit(file, [])
  return found
}

/** The folder that an import leads to, also by the package's own name; undefined for other packages. */
function ownFolder(path: string, imported: string): string | undefined {
  if (imported.startsWith('.')) return folderOf(posix.join(posix.dirname(path), imported))
  return /^@yourorg\/interaqt-logto\/(.+)/.exec(imported)?.[1]
}

function packageOf(imported: string): string {
  // It loads the packages of four databases.
  if (imported === 'interaqt/drivers') return imported
  return imported.startsWith('node:') ? 'node:' : (/^(@[^/]+\/)?[^/]+/.exec(imported)?.[0] ?? '')
}

function folderOf(path: string): string {
  const [folder = '', subfolder] = path.split('/')
  return `${folder}/${subfolder}` in MAY_IMPORT ? `${folder}/${subfolder}` : folder
}
