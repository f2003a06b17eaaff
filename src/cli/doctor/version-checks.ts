import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Host } from '../terminal.js'
import { type Check, failure, ok } from './check.js'

/** What this package was measured against. */
const MEASURED_LOGTO = '1.42'

/** Whether what is installed fits together. */
export const versionChecks: readonly Check[] = [
  {
    id: 'node',
    title: 'Node.js',
    needs: [],
    async run({ host }) {
      const { engines } = await ownManifest()
      const expected = engines.node ?? '>=20.19'
      if (satisfies(host.nodeVersion, expected)) return ok(expected, host.nodeVersion)
      return failure(
        expected,
        host.nodeVersion,
        'Install a newer one: https://nodejs.org, or `nvm install 22`.',
      )
    },
  },
  {
    id: 'packages',
    title: 'Packages',
    needs: [],
    async run({ host }) {
      const { peerDependencies } = await ownManifest()
      const installed = await Promise.all(
        Object.entries(peerDependencies).map(async ([name, range]) => {
          const version = await installedVersion(name, host.cwd)
          return { name, range, version, fits: version === undefined || satisfies(version, range) }
        }),
      )
      const present = installed.filter(({ version }) => version !== undefined)
      const misfits = installed.filter(({ fits }) => !fits)
      const list = (packages: typeof installed) =>
        packages.map(({ name, version }) => `${name} ${version}`).join(', ')
      if (misfits.length === 0)
        return ok('versions that this package works with', list(present) || 'none installed here')
      return failure(
        misfits.map(({ name, range }) => `${name} ${range}`).join(', '),
        list(misfits),
        `npm install ${misfits.map(({ name, range }) => `"${name}@${range}"`).join(' ')}`,
      )
    },
  },
  {
    id: 'logto-version',
    title: 'Logto version',
    needs: ['logto'],
    async run({ host, settings }) {
      const expected = `${MEASURED_LOGTO}, which this package was measured against, or later`
      const version = await versionFromDocker(host, settings.logtoEndpoint)
      if (!version) return ok(expected, 'not known: Logto does not tell it')
      if (satisfies(version, `>=${MEASURED_LOGTO}.0`)) return ok(expected, `${version}, by its Docker image`)
      return failure(
        expected,
        `${version}, by its Docker image`,
        'Change the image tag to svhd/logto:1.42, then `docker compose up -d`.',
      )
    },
  },
]

/** What this package says of itself. */
interface Manifest {
  version: string
  engines: { node?: string }
  peerDependencies: Record<string, string>
}

// The same path from src/cli and from dist: the package's own manifest is above both.
export async function ownManifest(): Promise<Manifest> {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) return JSON.parse(text)
    folder = dirname(folder)
  }
}

// Read from the folders, since most packages do not export their package.json.
async function installedVersion(name: string, cwd: string): Promise<string | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8').catch(
      () => undefined,
    )
    if (text !== undefined) {
      const manifest: { version?: string } = JSON.parse(text)
      return manifest.version
    }
    if (folder === dirname(folder)) return undefined
  }
}

async function versionFromDocker(host: Host, endpoint: string): Promise<string | undefined> {
  const { port } = new URL(endpoint)
  const containers = await host.execute('docker', ['ps', '--format', '{{.Image}} {{.Ports}}'])
  const container = containers?.split('\n').find((line) => port && line.includes(`:${port}->`))
  return /^\S*logto:v?(\d+\.\d+\.\d+)/.exec(container ?? '')?.[1]
}

/** Whether a version is in a range of the forms `^1.2.3`, `~1.2.3` and `>=1.2`, alternatives between `||`. */
function satisfies(version: string, range: string): boolean {
  const actual = numbersOf(version)
  return range.split('||').some((alternative) => {
    const minimum = numbersOf(alternative)
    if (compare(actual, minimum) < 0) return false
    const fixed = alternative.trim().startsWith('>=')
      ? 0
      : alternative.trim().startsWith('~') || minimum[0] === 0
        ? 2
        : 1
    return minimum.slice(0, fixed).every((number, index) => number === actual[index])
  })
}

function numbersOf(version: string): number[] {
  const [major = 0, minor = 0, patch = 0] = (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)
  return [major, minor, patch]
}

function compare(one: number[], other: number[]): number {
  for (const [index, number] of one.entries()) {
    const difference = number - (other[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
