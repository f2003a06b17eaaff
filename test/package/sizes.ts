import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { isWithinATenth } from './install.js'
import { entryNames, ROOT } from './tarball.js'

export interface Budget {
  /** File in dist, without its extension. */
  entry: string
  /** Bytes, minified for es2022 and gzipped with level 9. */
  maxBytes: number
  /** Packages that may be inside. Anything else is the import that leaked. */
  packages: string[]
  /** Left to the application. */
  external?: string[]
  /** Runs without Node's built-ins, which are leaks then. */
  isForBrowsers?: boolean
}

/** Each a little above what the entry weighs, so that growth is somebody's decision. */
const BUDGETS: Budget[] = [
  {
    entry: 'browser',
    isForBrowsers: true,
    maxBytes: 20_500,
    packages: [
      '@logto/browser',
      '@logto/client',
      '@logto/js',
      '@silverhand/essentials',
      'camelcase-keys',
      'camelcase',
      'map-obj',
      'quick-lru',
      'jose',
      'js-base64',
    ],
  },
  { entry: 'browser-session', isForBrowsers: true, maxBytes: 3_060, packages: [] },
  { entry: 'react', isForBrowsers: true, maxBytes: 1_100, packages: [], external: ['react'] },
  { entry: 'server', isForBrowsers: true, maxBytes: 23_900, packages: ['jose'] },
  // What is external is the optional peers.
  { entry: 'webhook', maxBytes: 20_000, packages: ['zod'] },
  { entry: 'interaqt', maxBytes: 16_000, packages: [], external: ['interaqt'] },
  {
    entry: 'http',
    maxBytes: 30_200,
    packages: ['zod'],
    external: ['interaqt', 'hono', '@hono/node-server'],
  },
  { entry: 'session', maxBytes: 35_000, packages: ['jose'], external: ['@logto/node', 'hono'] },
  { entry: 'testing', maxBytes: 59_500, packages: ['jose', 'zod'], external: ['hash-wasm', 'msw'] },
  {
    entry: 'embedded',
    maxBytes: 62_300,
    packages: ['jose', 'zod'],
    external: ['hash-wasm', 'oidc-provider', 'hono', '@hono/node-server'],
  },
]

/**
 * Each entry stays within its size, its bundle has no package that does not belong there, and the README gives its size.
 */
export async function checkSizes(): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const missing = new Set(await entryNames())
  const sizes: string[] = []
  const problems: string[] = []
  for (const budget of BUDGETS) {
    const entry = budget.entry.replace('browser-', 'browser/')
    missing.delete(entry)
    try {
      const bytes = await checkSize(budget)
      checkStated(readme, entry, bytes / 1000)
      sizes.push(`${entry} ${bytes} B`)
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
    }
  }
  for (const entry of missing) problems.push(`${entry} has no budget`)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return sizes.join(', ')
}

function checkStated(readme: string, entry: string, kilobytes: number): void {
  const stated = new RegExp(`^\\| \`\\./${entry}\` \\| ([\\d.]+) kB`, 'm').exec(readme)?.[1]
  if (!isWithinATenth(Number(stated), kilobytes))
    throw new Error(`${entry}: ${kilobytes.toFixed(1)} kB, but README.md says ${stated} kB`)
}

/** @throws Error that names what leaked and who imports it, or the largest parts when there is too much. */
export async function checkSize({
  entry,
  maxBytes,
  packages,
  external,
  isForBrowsers,
}: Budget): Promise<number> {
  const result = await build({
    entryPoints: [join(ROOT, 'dist', `${entry}.js`)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: isForBrowsers ? 'browser' : 'node',
    write: false,
    metafile: true,
    logLevel: 'silent',
    ...(external && { external }),
  })
  const leaked = importsOf(result.metafile).filter(({ name }) => !packages.includes(name))
  if (leaked.length > 0) {
    const imports = leaked.map(({ name, importer }) => `${name} (imported by ${importer})`)
    throw new Error(`${entry}: ${imports.join(', ')} leaked into the bundle`)
  }
  const bytes = gzipSync(result.outputFiles[0]?.contents ?? new Uint8Array(), {
    level: constants.Z_BEST_COMPRESSION,
  }).byteLength
  if (bytes > maxBytes)
    throw new Error(
      `${entry}: ${bytes} bytes, ${bytes - maxBytes} over its budget.\n${largest(result.metafile)}`,
    )
  return bytes
}

/** The packages in a bundle, each with the file outside of it that imports it first. */
function importsOf({ inputs }: Metafile): { name: string; importer: string }[] {
  const importers = new Map<string, string>()
  for (const [importer, { imports }] of Object.entries(inputs))
    for (const { path } of imports) {
      const name = packageOf(path)
      if (name && name !== packageOf(importer) && !importers.has(name)) importers.set(name, importer)
    }
  return [...importers].map(([name, importer]) => ({ name, importer }))
}

function packageOf(path: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]
}

function largest(metafile: Metafile): string {
  const [output] = Object.values(metafile.outputs)
  return Object.entries(output?.inputs ?? {})
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 8)
    .map(([path, { bytesInOutput }]) => `  ${bytesInOutput} ${path}`)
    .join('\n')
}
