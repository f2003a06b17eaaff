import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { filesOf, ROOT } from './markdown.js'

// What was imported from a folder once would come from there again.
let pagesWritten = 0

/** The files of a page in a folder of their own. */
export interface PageFiles {
  /** Builds a file as its reader's bundler would, and imports it. Its names on the top level are its exports. */
  import<Exports>(file: string): Promise<Exports>
  /** Builds a file for a browser. */
  bundle(file: string, options?: BuildOptions): Promise<string>
  /** Builds a file for Node, and returns the path of what can be run. */
  build(file: string): Promise<string>
  read(file: string): string
  remove(): Promise<void>
}

/**
 * Writes the files that a page tells its reader to write.
 *
 * @param change - puts what may not be had here, such as a port, in the place of what the page says. It has to find it.
 * @param own - modules of the reader's own that the page imports, by file name.
 */
export async function writePage(
  page: string,
  change: Record<string, string> = {},
  own: Record<string, string> = {},
): Promise<PageFiles> {
  const folder = join(ROOT, 'node_modules/.cache/docs', `${process.pid}-${pagesWritten++}`)
  const files = filesOf(page)
  for (const text of Object.keys(change))
    if (![...files.values()].some((code) => code.includes(text))) throw new Error(`${page} has no "${text}"`)
  for (const [file, code] of files)
    files.set(
      file,
      Object.entries(change).reduce((changed, [text, other]) => changed.replaceAll(text, other), code),
    )
  for (const [file, code] of Object.entries(own)) files.set(file, code)
  for (const [file, code] of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), code)
  }
  const bundle = async (file: string, options: BuildOptions): Promise<string> => {
    const { outputFiles } = await build({
      entryPoints: [join(folder, file)],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      jsx: 'automatic',
      plugins: [ownPackage],
      ...options,
      write: false,
    })
    return outputFiles?.[0]?.text ?? ''
  }
  const buildForNode = async (file: string): Promise<string> => {
    const code = files.get(file)
    if (code === undefined) throw new Error(`${page} has no file ${file}`)
    await writeFile(join(folder, file), code.replace(/^const /gm, 'export const '))
    const built = join(folder, file.replace(extname(file), '.mjs'))
    await writeFile(built, await bundle(file, { platform: 'node', packages: 'external' }))
    return built
  }
  return {
    build: buildForNode,
    import: async (file) => import(/* @vite-ignore */ pathToFileURL(await buildForNode(file)).href),
    bundle: (file, options) => bundle(file, { platform: 'browser', ...options }),
    read: (file) => files.get(file) ?? '',
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The package's name leads to its sources. */
const ownPackage: Plugin = {
  name: 'the package itself',
  setup({ onResolve }) {
    onResolve({ filter: /^@yourorg\/interaqt-logto\// }, ({ path }) => {
      const entry = path.replace('@yourorg/interaqt-logto/', '')
      const folder = entry === 'browser/session' ? 'session/browser' : entry
      return { path: join(ROOT, 'src', folder, 'index.ts') }
    })
  },
}
