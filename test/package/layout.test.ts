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
  testing: ['hash-wasm', 'jose', 'msw', 'zod', 'node:'],
  embedded: ['oidc-provider', 'hono', '@hono/node-server', 'zod', 'node:'],
  cli: ['commander', '@clack/prompts', 'zod', 'node:'],
}

interface Source {
  /** Path below src/, with slashes. */
  path: string
  text: string
}

/** Files and folders, by path, and what each imports. */
type Graph = Map<string, string[]>

describe('the folders of src/', () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => ({ path: name.replaceAll('\\', '/'), text: readFileSync(join(SRC, name), 'utf8') }))

  it('depend on each other in one direction, and on the packages that they may use', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.flatMap(problemsOf)).toEqual([])
  })

  it('have no files that import each other in a circle', () => {
    expect(circles(importsOf(sources))).toEqual([])
  })

  it('have rooms that depend on each other in one direction', () => {
    expect(rooms(importsOf(sources)).flatMap(circles)).toEqual([])
  })

  it('would have a circle of files found', () => {
    const files = { 'x/a': ['./b'], 'x/b': ['./c'], 'x/c': ['./b', './d'], 'x/d': [] }
    expect(circles(importsOf(sourcesOf(files)))).toEqual(['x/b.ts > x/c.ts > x/b.ts'])
  })

  it.each([
    [
      'two folders',
      { 'x/a/1': ['../b/1'], 'x/b/1': [], 'x/b/2': ['../a/2'], 'x/a/2': [] },
      ['x/a/ > x/b/ > x/a/'],
    ],
    [
      'a folder and a file above it',
      { 'x/a/1': ['../y'], 'x/y': ['./a/2'], 'x/a/2': [] },
      ['x/a/ > x/y.ts > x/a/'],
    ],
    [
      'a folder deep inside',
      { 'x/a/b/1': ['../2'], 'x/a/2': ['./b/3'], 'x/a/b/3': [] },
      ['x/a/b/ > x/a/2.ts > x/a/b/'],
    ],
    [
      'no circle',
      { 'x/a/1': ['../shared', '../b/1'], 'x/b/1': [], 'x/index': ['./a/1'], 'x/shared': [] },
      [],
    ],
  ])('would have a circle of rooms found: %s', (_, files, expected) => {
    expect(circles(importsOf(sourcesOf(files)))).toEqual([])
    expect(rooms(importsOf(sourcesOf(files))).flatMap(circles)).toEqual(expected)
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

function sourcesOf(files: Record<string, string[]>): Source[] {
  return Object.entries(files).map(([name, imported]) => ({
    path: `${name}.ts`,
    text: imported.map((path) => `import '${path}.js'`).join('\n'),
  }))
}

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

/** Returns the imports of every file, types included, by the paths of the files that they lead to. */
function importsOf(sources: Source[]): Graph {
  const paths = new Map(sources.map(({ path }) => [path.replace(/\.tsx?$/, ''), path]))
  return new Map(
    sources.map(({ path, text }) => {
      const { importedFiles } = ts.preProcessFile(text, true, true)
      const targets = importedFiles.map(({ fileName }) =>
        paths.get(posix.join(posix.dirname(path), fileName).replace(/\.js$/, '')),
      )
      return [path, targets.filter((target) => target !== undefined)]
    }),
  )
}

/**
 * Returns, for each folder that has others in it, what its rooms import of each other. A room is a folder, taken as one
 * with all that is in it, or a file that lies beside the folders: the entry above them and the part that they share
 * are both such files.
 */
function rooms(imports: Graph): Graph[] {
  const folders = new Set([...imports.keys()].flatMap(foldersAbove))
  return [...folders].map((folder) => {
    const graph: Graph = new Map()
    for (const [path, targets] of imports) {
      const room = roomIn(folder, path)
      if (!room) continue
      const others = targets.map((target) => roomIn(folder, target)).filter((other) => other !== undefined)
      const further = others.filter((other) => other !== room)
      graph.set(room, [...new Set([...(graph.get(room) ?? []), ...further])])
    }
    return graph
  })
}

function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => `${names.slice(0, index + 1).join('/')}/`)
}

function roomIn(folder: string, path: string): string | undefined {
  if (!path.startsWith(folder)) return undefined
  const [name = '', ...below] = path.slice(folder.length).split('/')
  return `${folder}${name}${below.length > 0 ? '/' : ''}`
}

/** Returns each circle of a graph as the way round. */
function circles(graph: Graph): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (node: string, way: string[]): void => {
    const start = way.indexOf(node)
    if (start >= 0) found.push([...way.slice(start), node].join(' > '))
    if (start >= 0 || done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...way, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
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
