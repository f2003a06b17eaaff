import { join } from 'node:path'
import { dockerImageOf } from '../docker.js'
import { ownManifest, readAbove } from '../own-package.js'
import { type Check, failure, ok } from './check.js'

/** The version of Logto that this package was measured against. */
const MEASURED_LOGTO = '1.42'

/** Why a range begins where it does, where that is no matter of taste. */
const REASONS: Readonly<Record<string, string>> = {
  hono: " (older ones take other hosts' cookies for the session's)",
}

/** Whether what is installed fits together. */
export const versionChecks: readonly Check[] = [
  {
    id: 'node',
    title: 'Node.js',
    needs: [],
    async run({ terminal: { host } }) {
      const { engines } = await ownManifest()
      const expected = engines.node ?? '>=20.19'
      if (satisfies(host.nodeVersion, expected)) return ok(expected, host.nodeVersion)
      const remedy = 'Install a newer one: https://nodejs.org, or `nvm install 22`.'
      return failure(expected, host.nodeVersion, remedy)
    },
  },
  {
    id: 'packages',
    title: 'Packages',
    needs: [],
    async run({ terminal: { host } }) {
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
      const expected = misfits.map(({ name, range }) => `${name} ${range}${REASONS[name] ?? ''}`).join(', ')
      const remedy = `npm install ${misfits.map(({ name, range }) => `"${name}@${range}"`).join(' ')}`
      return failure(expected, list(misfits), remedy)
    },
  },
  {
    id: 'logto-version',
    title: 'Logto version',
    needs: ['logto'],
    async run({ terminal, settings }) {
      const expected = `${MEASURED_LOGTO}, which this package was measured against, or later`
      const image = await dockerImageOf(terminal.host, settings.logtoEndpoint)
      const version = /^\S*logto:v?(\d+\.\d+\.\d+)/.exec(image ?? '')?.[1]
      if (!version) return ok(expected, 'not known: Logto does not report it')
      const found = `${version}, by its Docker image`
      if (satisfies(version, `>=${MEASURED_LOGTO}.0`)) return ok(expected, found)
      const remedy = `Change the image tag to svhd/logto:${MEASURED_LOGTO}, then \`docker compose up -d\`.`
      return failure(expected, found, remedy)
    },
  },
]

// Read from the folders, since most packages do not export their package.json.
async function installedVersion(name: string, cwd: string): Promise<string | undefined> {
  const found = await readAbove(cwd, join('node_modules', name, 'package.json'))
  const manifest: { version?: string } = JSON.parse(found?.text ?? '{}')
  return manifest.version
}

/** Whether a version is in a range of the forms `^1.2.3`, `~1.2.3` and `>=1.2`, alternatives between `||`. */
function satisfies(version: string, range: string): boolean {
  const actual = numbersOf(version)
  return range.split('||').some((alternative) => {
    const minimum = numbersOf(alternative)
    const difference = actual.map((number, index) => number - (minimum[index] ?? 0)).find(Boolean) ?? 0
    if (difference < 0) return false
    const operator = alternative.trim()[0]
    const fixed = operator === '>' ? 0 : operator === '~' || minimum[0] === 0 ? 2 : 1
    return minimum.slice(0, fixed).every((number, index) => number === actual[index])
  })
}

function numbersOf(version: string): number[] {
  const [major = 0, minor = 0, patch = 0] = (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)
  return [major, minor, patch]
}
