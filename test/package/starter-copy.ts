/**
 * What `init` makes, as somebody gets it from the packed tarball: both templates, each installed, checked, built and run
 * by the commands of its own README. `npx tsx test/package/starter-copy.ts`, after `npm run build`. Exits with 0 or 1 and
 * leaves nothing behind.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application, startApplication } from '../../examples/demo/application.js'
import { signInOverHttp } from '../../examples/demo/http-sign-in.js'
import { play } from '../../examples/demo/play.js'
import type { TemplateName } from '../../src/cli/init/templates.js'
import { freePort } from '../support/free-port.js'
import { mustRun } from './run-command.js'
import { PACKAGE_NAME, ROOT } from './tarball.js'

const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
const home = await mkdtemp(join(tmpdir(), 'interaqt-logto-starter-'))
const commandHome = join(home, 'npx')
try {
  const tarball = await pack()
  await installCommand(tarball)
  const works =
    (await tryTemplate('starter', tarball, (application) =>
      play(application, console.log, { isInBrowser: false }),
    )) && (await tryTemplate('react', tarball, writeANote))
  process.exitCode = works ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await rm(home, { recursive: true, force: true, maxRetries: 3 })
}

async function pack(): Promise<string> {
  await mustRun('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', home], {
    cwd: ROOT,
  })
  const tarball = (await readdir(home)).find((file) => file.endsWith('.tgz'))
  if (!tarball) throw new Error('npm pack made no tarball')
  return join(home, tarball)
}

/**
 * Puts the package where `npx @yourorg/interaqt-logto` finds it without the registry. Not above the copies, which would
 * then find there what they forgot to depend on.
 */
async function installCommand(tarball: string): Promise<void> {
  await mkdir(commandHome)
  await writeFile(join(commandHome, 'package.json'), JSON.stringify({ name: 'home', private: true }))
  await timed('npm install <tarball>, for npx', () =>
    mustRun('npm', [...INSTALL, tarball], { cwd: commandHome }),
  )
}

async function tryTemplate(
  template: TemplateName,
  tarball: string,
  use: (application: Application) => Promise<boolean>,
): Promise<boolean> {
  const init = ['--no-install', PACKAGE_NAME, 'init', `../my-${template}`, '--template', template]
  const printed = await timed(`npx ${PACKAGE_NAME} init --template ${template}`, () =>
    mustRun('npx', init, { cwd: commandHome }),
  )
  if (!printed.includes(`cd ../my-${template}\n  npm install && npm run dev`)) throw new Error(printed)
  const cwd = join(home, `my-${template}`)
  const { name, dependencies } = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'))
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  if (name !== `my-${template}` || dependencies[PACKAGE_NAME] !== `^${version}`)
    throw new Error(`package.json has the name ${name} and depends on ${dependencies[PACKAGE_NAME]}`)

  await timed('npm install <tarball>', () => mustRun('npm', [...INSTALL, tarball], { cwd }))
  await timed('npm run check', () => mustRun('npm', ['run', 'check'], { cwd }))
  await timed('npm run build', () => mustRun('npm', ['run', 'build'], { cwd }))

  const ports = { logto: await freePort(), api: await freePort(), frontend: await freePort() }
  const application = await timed('npm run dev, until all of it answers', () =>
    startApplication(ports, () => {}, { cwd, command: ['npm', 'run', 'dev'], hasChildren: true }),
  )
  try {
    return await use(application)
  } finally {
    await timed('stop', application.stop)
  }
}

/** What the React page does for a person who signs in and writes: the same requests. */
async function writeANote({ logtoEndpoint, interaqtEndpoint, frontendUrl }: Application): Promise<boolean> {
  const { access_token: token } = await signInOverHttp({
    logtoEndpoint,
    appId: 'notes-frontend',
    home: `${frontendUrl}/`,
    resource: `${interaqtEndpoint}/interaction`,
    scope: 'openid offline_access profile',
    firstScreen: 'sign-in',
    username: 'alice',
    password: 'tea-and-cake',
  })
  const post = async (path: string, body?: object) => {
    const response = await fetch(`${interaqtEndpoint}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  await post('/interaction/writeNote', { payload: { text: 'Cake at five.' } })
  const notes: { text: string; author: { username: string } }[] = await post('/api/listNotes')
  const isThere = notes.some(({ text, author }) => text === 'Cake at five.' && author.username === 'alice')
  console.log(`${isThere ? 'ok  ' : 'FAIL'} alice signs in, writes a note and reads it`)
  return isThere
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work()
  console.log(`ok   ${((performance.now() - started) / 1000).toFixed(2)} s  ${what}`)
  return result
}
