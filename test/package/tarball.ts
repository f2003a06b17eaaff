import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { mustRun } from './run-command.js'

export const ROOT: string = resolve(import.meta.dirname, '../..')
export const PACKAGE_NAME = '@yourorg/interaqt-logto'

/** The package as a user gets it: packed, and installed into a project that has nothing else. */
export interface InstalledTarball {
  tarball: string
  /** Paths inside the package. */
  files: string[]
  /** A project with only this package and its dependencies: no optional peer. */
  bare: string
  /** The same project with every optional peer beside it. */
  withPeers: string
  remove(): Promise<void>
}

export const PEERS = [
  'hash-wasm',
  'interaqt',
  'hono',
  '@hono/node-server',
  'msw',
  'oidc-provider',
  'react',
  '@logto/node',
  'unstorage',
]

/** Packs the built package and installs it into two fresh folders outside the project. */
export async function installTarball(): Promise<InstalledTarball> {
  const home = await mkdtemp(join(tmpdir(), 'interaqt-logto-package-'))
  const packed: unknown = JSON.parse(
    await mustRun(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', home],
      { cwd: ROOT },
    ),
  )
  const { filename, files } = readPackOutput(packed)
  const tarball = join(home, filename)

  const bare = join(home, 'bare')
  await mkdir(bare)
  await cp(join(import.meta.dirname, 'consumer'), bare, { recursive: true })
  await writeFile(
    join(bare, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  )
  await mustRun(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', tarball],
    { cwd: bare },
  )

  const withPeers = join(home, 'with-peers')
  await cp(bare, withPeers, { recursive: true })
  for (const peer of PEERS) await linkPackage(peer, withPeers)
  return { tarball, files, bare, withPeers, remove: () => rm(home, { recursive: true, force: true }) }
}

/** Puts a package of the root beside an installed one. Linked, not installed again: which version a user has is theirs. */
export async function linkPackage(name: string, project: string): Promise<void> {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : ''
  await mkdir(join(project, 'node_modules', scope), { recursive: true })
  const target = join(project, 'node_modules', name)
  await rm(target, { recursive: true, force: true })
  await symlink(join(ROOT, 'node_modules', name), target, 'junction')
}

function readPackOutput(output: unknown): { filename: string; files: string[] } {
  // npm 11 prints a list, some versions an object keyed by package name.
  const entry: unknown = Array.isArray(output) ? output[0] : Object.values(output ?? {})[0]
  if (typeof entry !== 'object' || !entry || !('filename' in entry) || !('files' in entry))
    throw new Error(`npm pack printed something unexpected: ${JSON.stringify(output)}`)
  const files = Array.isArray(entry.files) ? entry.files.map((file: { path: string }) => file.path) : []
  return { filename: String(entry.filename).replace('@', '').replace('/', '-'), files }
}

/** All subpaths of the exports map that hold code, such as `server` and `browser/session`. */
export async function entryNames(): Promise<string[]> {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
  return Object.keys(manifest.exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => subpath.slice(2))
}
