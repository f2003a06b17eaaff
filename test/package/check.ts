/**
 * The package checks: what a user would notice before the first line of code runs. `npm run check:package`.
 * Everything but the sizes is tried on the packed tarball, installed outside the project.
 */
import { availableParallelism } from 'node:os'
import { checkBundles } from './bundles.js'
import { checkContents } from './contents.js'
import { checkImports } from './imports.js'
import { checkInstall } from './install.js'
import { checkLicences } from './licences.js'
import { checkOldestHono } from './oldest-hono.js'
import { checkMissingPeers } from './peers.js'
import { checkReact18 } from './react-18.js'
import { checkReference } from './reference.js'
import { mustRun } from './run-command.js'
import { checkSbom } from './sbom.js'
import { checkSizes } from './sizes.js'
import { installTarball, ROOT } from './tarball.js'
import { checkTypes } from './types.js'

const installed = await installTarball()
const npx = (...args: string[]) =>
  mustRun('npx', ['--no-install', ...args], { cwd: ROOT }).then(() => 'clean')

/** The slowest first, so that none of them is left alone at the end. */
const checks: [name: string, check: () => string | Promise<string>][] = [
  ['React 18', () => checkReact18(installed)],
  ['types compile', () => checkTypes(installed)],
  ['oldest Hono', () => checkOldestHono(installed)],
  ['missing peers', () => checkMissingPeers(installed)],
  ['reference is fresh', () => checkReference()],
  ['imports alone, Node 22', () => checkImports(installed, '22')],
  ['imports alone, Node 24', () => checkImports(installed, '24')],
  ['imports alone', () => checkImports(installed)],
  ['no unused code (knip)', () => npx('knip')],
  [
    'types resolve (attw)',
    () => npx('attw', installed.tarball, '--profile', 'esm-only', '--no-definitely-typed'),
  ],
  ['publint', () => npx('publint', 'run', installed.tarball, '--strict')],
  ['install size and dependencies', () => checkInstall(installed)],
  ['licences', () => checkLicences(installed)],
  ['components (SBOM)', () => checkSbom(installed)],
  ['sizes', () => checkSizes()],
  ['bundles alone', () => checkBundles(installed)],
  ['contents', () => checkContents(installed)],
]

let failed = 0
// None changes what another looks at. Each line is printed when its check has ended.
await Promise.all(Array.from({ length: availableParallelism() }, runChecks))
await installed.remove()
console.log(failed === 0 ? 'package checks: all ok' : `package checks: ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

async function runChecks(): Promise<void> {
  for (let next = checks.shift(); next; next = checks.shift()) {
    const [name, check] = next
    const started = Date.now()
    try {
      const found = await check()
      console.log(`ok    ${name}: ${found} (${Date.now() - started} ms)`)
    } catch (error) {
      failed += 1
      console.log(`FAIL  ${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
}
