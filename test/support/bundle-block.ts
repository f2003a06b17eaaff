import { resolve } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '../..')
const ENTRIES = ['browser', 'http', 'interaqt', 'server']

/** Builds a code block of the docs as its reader's bundler would; the package's name leads to its sources. */
export async function bundleBlock(block: string, options: BuildOptions): Promise<string> {
  const alias = ENTRIES.map((name) => [
    `@yourorg/interaqt-logto/${name}`,
    resolve(ROOT, 'src', name, 'index.ts'),
  ])
  const { outputFiles } = await build({
    stdin: { contents: block, resolveDir: ROOT, loader: 'ts' },
    alias: Object.fromEntries(alias),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    ...options,
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}
