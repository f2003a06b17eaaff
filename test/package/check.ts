/**
 * The package checks: what a user would notice before the first line of code runs. `npm run check:package`.
 * Everything but the sizes is tried on the packed tarball, installed outside the project.
 */
import { checkBundles } from './bundles.js'
import { checkContents } from './contents.js'
import { checkImports } from './imports.js'
import { checkInstall } from './install.js'
import { checkLicences } from './licences.js'
import { checkMissingPeers } from './peers.js'
import { checkReact18 } from './react-18.js'
import { checkReference } from './reference.js'
import { mustRun } from './run-command.js'
import { checkSizes } from './sizes.js'
import { installTarball, ROOT } from './tarball.js'
import { checkTypes } from './types.js'

const installed = await installTarball()
const npx = (...args: string[]) =>
  mustRun('npx', ['--no-install', ...args], { cwd: ROOT }).then(() => 'clean')

const checks: Record<string, () => string | Promise<string>> = {
  contents: () => checkContents(installed),
  publint: () => npx('publint', 'run', installed.tarball, '--strict'),
  'types resolve (attw)': () =>
    npx('attw', installed.tarball, '--profile', 'esm-only', '--no-definitely-typed'),
  'types compile': () => checkTypes(installed),
  'imports alone': () => checkImports(installed),
  'imports alone, Node 22': () => checkImports(installed, '22'),
  'imports alone, Node 24': () => checkImports(installed, '24'),
  'missing peers': () => checkMissingPeers(installed),
  'React 18': () => checkReact18(installed),
  'bundles alone': () => checkBundles(installed),
  sizes: () => checkSizes(),
  'install size and dependencies': () => checkInstall(installed),
  licences: () => checkLicences(installed),
  'reference is fresh': () => checkReference(),
  'no unused code (knip)': () => npx('knip'),
}

let failed = 0
for (const [name, check] of Object.entries(checks)) {
  const started = Date.now()
  try {
    const found = await check()
    console.log(`ok    ${name}: ${found} (${Date.now() - started} ms)`)
  } catch (error) {
    failed += 1
    console.log(`FAIL  ${name}: ${error instanceof Error ? error.message : error}`)
  }
}
await installed.remove()
console.log(failed === 0 ? 'package checks: all ok' : `package checks: ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
