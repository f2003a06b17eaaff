/**
 * Tries examples/runtime-0.8 as a user would: copied to a folder of its own, installed with the packed tarball, tested
 * with its own command. Needs the built package. `npx tsx test/package/runtime-0.8.ts`
 */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from './run-command.js'
import { ROOT } from './tarball.js'

const home = await mkdtemp(join(tmpdir(), 'interaqt-logto-runtime-'))
const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
try {
  await mustRun('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', home], {
    cwd: ROOT,
  })
  const tarball = (await readdir(home)).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new Error('npm pack made no tarball')
  const example = join(home, 'example')
  await cp(join(ROOT, 'examples/runtime-0.8'), example, {
    recursive: true,
    filter: (path) => !path.includes('node_modules'),
  })
  await mustRun('npm', ['install', '--prefer-offline', ...quiet, join(home, tarball)], { cwd: example })
  const output = await mustRun('npm', ['test', '--silent'], { cwd: example })
  console.log(`examples/runtime-0.8: ok, ${/^# pass \d+/m.exec(output)?.[0].slice(2) ?? 'tested'}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await rm(home, { recursive: true, force: true })
}
