/**
 * The starter as somebody gets it: copied to another folder, installed with the packed tarball, run by its own README.
 * `npx tsx test/package/starter-copy.ts`, after `npm run build`. Exits with 0 or 1 and leaves nothing behind.
 */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { startApplication } from '../../examples/demo/application.js'
import { play } from '../../examples/demo/play.js'
import { freePort } from '../support/free-port.js'
import { mustRun } from './run-command.js'
import { ROOT } from './tarball.js'

const LEFT_BEHIND = ['node_modules', 'dist', '.env', '.data']

const home = await mkdtemp(join(tmpdir(), 'interaqt-logto-starter-'))
try {
  process.exitCode = (await tryCopy(join(home, 'friends'))) ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await rm(home, { recursive: true, force: true, maxRetries: 3 })
}

async function tryCopy(cwd: string): Promise<boolean> {
  await cp(join(ROOT, 'examples/starter'), cwd, {
    recursive: true,
    filter: (source) => !LEFT_BEHIND.includes(basename(source)),
  })
  await mustRun('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', home], {
    cwd: ROOT,
  })
  const tarball = (await readdir(home)).find((file) => file.endsWith('.tgz'))
  if (!tarball) throw new Error('npm pack made no tarball')

  await timed('npm install <tarball>', () =>
    mustRun(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', join(home, tarball)],
      {
        cwd,
      },
    ),
  )
  await timed('npm run check', () => mustRun('npm', ['run', 'check'], { cwd }))
  await timed('npm run build', () => mustRun('npm', ['run', 'build'], { cwd }))

  const ports = { logto: await freePort(), api: await freePort(), frontend: await freePort() }
  const application = await timed('npm run dev, until all of it answers', () =>
    startApplication(ports, () => {}, { cwd, command: ['npm', 'run', 'dev'], hasChildren: true }),
  )
  try {
    return await play(application, console.log, { isInBrowser: false })
  } finally {
    await timed('stop', application.stop)
  }
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work()
  console.log(`ok   ${((performance.now() - started) / 1000).toFixed(2)} s  ${what}`)
  return result
}
