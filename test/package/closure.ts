import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** A built file, and what it imports, statically or not: `./chunk-ABC.js`, `zod`, `node:crypto`. */
export interface BuiltFile {
  /** Path below the folder of the build. */
  path: string
  text: string
  imports: string[]
}

/** Returns a built file and all files of the build that it imports, directly or through others. */
export function closureOf(entry: string, folder: string): BuiltFile[] {
  const found = new Map<string, BuiltFile>()
  const waiting = [entry]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue
    const text = readFileSync(join(folder, path), 'utf8')
    const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
    found.set(path, { path, text, imports })
    for (const imported of imports) if (imported.startsWith('.')) waiting.push(neighbour(path, imported))
  }
  return [...found.values()]
}

/** Returns the source files in a built file, by the comment that esbuild puts before each. */
export function modulesIn({ text }: BuiltFile): string[] {
  return [...new Set([...text.matchAll(/^\/\/ (src\/\S+)$/gm)].map(([, path = '']) => path))]
}

/** Returns the packages that some files import, and `node:` for Node's own modules. */
export function packagesOf(files: BuiltFile[]): string[] {
  const names = files.flatMap(({ imports }) => imports.filter((name) => !name.startsWith('.')).map(packageOf))
  return [...new Set(names)].sort()
}

function packageOf(imported: string): string {
  return imported.startsWith('node:') ? 'node:' : (/^(@[^/]+\/)?[^/]+/.exec(imported)?.[0] ?? imported)
}

function neighbour(path: string, imported: string): string {
  const target = posix.join(posix.dirname(path), imported)
  // Declarations import each other as `./user.js`.
  return path.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target
}
