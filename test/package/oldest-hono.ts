import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { importEntry } from './imports.js'
import { mustRun } from './run-command.js'
import type { InstalledTarball } from './tarball.js'

/** The first Hono of the peer range, and the last that trims the names of cookies. */
const OLDEST = '4.12.15'
const TOO_OLD = '4.12.11'

/** Serves an application of the built package by the installed Hono, and asks it what depends on Hono's version. */
const USE = `
import { Hono } from 'hono'
import { createSession } from '@yourorg/interaqt-logto/session'
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__']
const controller = {
  findEventSourceByName: (name) => new Map().get(name),
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => ({ id: 1 }) } },
}
const apis = { known: () => 1 }
const app = entry.createApp(controller, { parseUserId: () => 'alice0000000', apis, onRefused() {} })
const post = (path) => app.request(path, { method: 'POST' })
for (const path of NAMES.flatMap((name) => ['/api/' + name, '/interaction/' + name, '/api/interaction/' + name])) {
  const { status } = await post(path)
  if (status !== 404) throw new Error(path + ' answers ' + status)
}
if ((await post('/api/known')).status !== 200) throw new Error('/api/known is not served')

const session = createSession({
  logtoEndpoint: 'http://127.0.0.1:1', appId: 'a', appSecret: 'b', cookieSecret: 'x'.repeat(32), baseUrl: 'https://app.example.com',
})
const isSent = (cookie) => session.hasCookie(new Headers({ cookie }))
if (!isSent('__Host-interaqt-session=x')) throw new Error('the cookie of the session is not read')
if (isSent('\\u00a0__Host-interaqt-session=x')) throw new Error("another host's cookie is read as the session's")
`

/**
 * The oldest Hono that the peer range promises serves the application, with names of Object's own and without other hosts'
 * cookies; the last one that reads those is refused. (The project itself has the newest, with which the same is tried.)
 */
export async function checkOldestHono({ withPeers }: InstalledTarball): Promise<string> {
  await mustServe(withPeers)
  // Of its own, because its Hono is replaced.
  const project = `${withPeers}-oldest-hono`
  await cp(withPeers, project, { recursive: true })
  await install(OLDEST, project)
  await mustServe(project)
  await install(TOO_OLD, project)
  for (const entry of ['http', 'session']) {
    const { code, output } = await importEntry(entry, project)
    if (code === 0 || !output.includes(`npm install hono@^${OLDEST}`))
      throw new Error(`./${entry} must refuse hono ${TOO_OLD} and name ${OLDEST}:\n${output}`)
  }
  return `${OLDEST} serves, ${TOO_OLD} is refused`
}

async function mustServe(project: string): Promise<void> {
  const { code, output } = await importEntry('http', project, USE)
  if (code !== 0) throw new Error(output)
}

/** Into a folder of its own first: the project has links in place of its other peers, which npm would replace. */
async function install(version: string, project: string): Promise<void> {
  const folder = `${project}-${version}`
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']
  await mustRun('npm', ['install', ...options, '--prefix', folder, `hono@${version}`], { cwd: project })
  const target = join(project, 'node_modules/hono')
  await rm(target, { recursive: true, force: true })
  await cp(join(folder, 'node_modules/hono'), target, { recursive: true })
}
