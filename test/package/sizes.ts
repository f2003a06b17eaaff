import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { ROOT } from './tarball.js'

export interface Budget {
  entry: string
  /** Bytes, minified for es2022 and gzipped with level 9. */
  maxBytes: number
  /** Packages that may be inside. Anything else is the import that leaked. */
  packages: string[]
  /** Left to the application. */
  external?: string[]
}

const BUDGETS: Budget[] = [
  {
    entry: 'browser',
    maxBytes: 19_000,
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
  { entry: 'browser-session', maxBytes: 3_000, packages: [] },
  { entry: 'react', maxBytes: 1_500, packages: [], external: ['react', 'react/jsx-runtime'] },
  // A server's entry: the budget only keeps a second library out.
  { entry: 'webhook', maxBytes: 100_000, packages: ['zod'] },
  { entry: 'server', maxBytes: 30_000, packages: ['jose'] },
]

/** Each browser-facing entry stays within its size, and its bundle has no package that does not belong there. */
export async function checkSizes(): Promise<string> {
  const sizes: string[] = []
  for (const budget of BUDGETS) sizes.push(`${budget.entry} ${await checkSize(budget)} B`)
  return sizes.join(', ')
}

/** @throws Error that names what leaked and who imports it, or the largest parts when there is too much. */
export async function checkSize({ entry, maxBytes, packages, external }: Budget): Promise<number> {
  const result = await build({
    entryPoints: [join(ROOT, 'dist', `${entry}.js`)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: entry === 'webhook' ? 'node' : 'browser',
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
