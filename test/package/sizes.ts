import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { ROOT } from './tarball.js'

interface Budget {
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

async function checkSize({ entry, maxBytes, packages, external }: Budget): Promise<number> {
  const result = await build({
    entryPoints: [join(ROOT, 'dist', `${entry}.js`)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: entry === 'webhook' ? 'node' : 'browser',
    write: false,
    metafile: true,
    ...(external && { external }),
  })
  const leaked = bundledPackages(result.metafile).filter((name) => !packages.includes(name))
  if (leaked.length > 0) throw new Error(`${entry}: ${leaked.join(', ')} leaked into the bundle`)
  const bytes = gzipSync(result.outputFiles[0]?.contents ?? new Uint8Array(), {
    level: constants.Z_BEST_COMPRESSION,
  }).byteLength
  if (bytes > maxBytes)
    throw new Error(
      `${entry}: ${bytes} bytes, ${bytes - maxBytes} over its budget.\n${largest(result.metafile)}`,
    )
  return bytes
}

function bundledPackages(metafile: Metafile): string[] {
  const names = Object.keys(metafile.inputs).map(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1],
  )
  return [...new Set(names.filter((name) => name !== undefined))]
}

function largest(metafile: Metafile): string {
  const [output] = Object.values(metafile.outputs)
  return Object.entries(output?.inputs ?? {})
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 8)
    .map(([path, { bytesInOutput }]) => `  ${bytesInOutput} ${path}`)
    .join('\n')
}
