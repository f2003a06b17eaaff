import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  Action,
  Controller,
  type Database,
  Entity,
  Interaction,
  InteractionEventEntity,
  MonoSystem,
  Payload,
  PayloadItem,
  Property,
} from 'interaqt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import type { RunningServer } from '../../src/http/index.js'
import type { LogtoSync } from '../../src/interaqt/index.js'
import { Client } from '../../src/server/index.js'
import { bundleBlock } from '../support/bundle-block.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { openPglite } from '../support/pglite.js'
import { serveScripts } from '../support/serve-scripts.js'
import { codeBlocks, ROOT } from './markdown.js'

// The README's two blocks as they stand there, but for the addresses, whose ports may be taken here.
const [frontendBlock = '', serverBlock = ''] = codeBlocks('README.md')
  .filter(({ language }) => language === 'ts')
  .map(({ code }) => code)
const REDIRECT_URI = 'http://localhost:5173/'
const ALICE = { username: 'alice', password: 'correct-horse-9' }

describe.skipIf(!hasChromium())('the code of the README', () => {
  const database = openPglite()
  let logto: EmbeddedLogto
  let controller: Controller
  let server: RunningServer
  let frontend: Awaited<ReturnType<typeof serveScripts>>
  let browser: Browser

  beforeAll(async () => {
    const port = await freePort()
    const interaqtEndpoint = `http://127.0.0.1:${port}`
    logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      users: [ALICE],
      applications: [
        { id: 'your-spa-app-id', name: 'Frontend', type: 'SPA', redirectUris: [REDIRECT_URI] },
        { id: 'm2m', name: 'API', type: 'MachineToMachine', secret: 'a-secret', managementApi: true },
      ],
      resources: [{ indicator: `${interaqtEndpoint}/interaction` }],
      hooks: [{ url: `${interaqtEndpoint}/api/syncUser`, signingKey: 'a-key-of-the-test' }],
    })
    const env = {
      LOGTO_ENDPOINT: logto.url,
      LOGTO_M2M_APP_ID: 'm2m',
      LOGTO_M2M_APP_SECRET: 'a-secret',
      LOGTO_WEBHOOK_SIGNING_KEY: 'a-key-of-the-test',
      INTERAQT_ENDPOINT: interaqtEndpoint,
    }
    const createController = async (sync: LogtoSync) => {
      controller = await startController(database, sync)
      return controller
    }
    server = await runServerBlock(port, { env, createController })
    const addressed = frontendBlock
      .replace('http://127.0.0.1:3001', logto.url)
      .replace('http://127.0.0.1:4000', interaqtEndpoint)
    const script = await bundleBlock(addressed, { platform: 'browser' })
    frontend = await serveScripts(() => script)
    browser = await launchChromium({ hosts: `MAP localhost:5173 127.0.0.1:${frontend.port}` })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await frontend?.close()
    await logto?.close()
    await database.close()
  })

  it('signs Alice in, sends her request in her name, and locks her out when Logto deletes her', async () => {
    const page = await browser.context.newPage()
    const sent = page.waitForResponse(
      (candidate) => candidate.url() === `${server.url}/interaction/sendFriendRequest`,
    )
    await page.goto(REDIRECT_URI)
    const [response] = await Promise.all([sent, logto.signInAs(page, ALICE)])

    expect(response.status()).toBe(200)
    const users = await controller.system.storage.find('User', undefined, undefined, ['*'])
    expect(users).toMatchObject([{ username: 'alice', logtoId: logto.state.users.byIdentifier('alice')?.id }])
    const events = await controller.system.storage.find(InteractionEventEntity.name, undefined, undefined, [
      '*',
    ])
    expect(events).toMatchObject([{ payload: { to: 'bob' }, user: { logtoId: users[0]?.logtoId } }])

    await deleteAtLogto(String(users[0]?.logtoId))
    await logto.state.deliveries.settled()
    const headers = {
      authorization: String(await response.request().headerValue('authorization')),
      'content-type': 'application/json',
    }
    const refused = await fetch(response.url(), { method: 'POST', headers, body: '{"payload":{"to":"bob"}}' })
    expect(refused.status).toBe(401)
  })

  async function deleteAtLogto(userId: string): Promise<void> {
    const token = await new Client(logto.url, 'm2m', 'a-secret', server.url).getManagementToken()
    const headers = { authorization: `Bearer ${token}` }
    const { status } = await fetch(`${logto.url}/api/users/${userId}`, { method: 'DELETE', headers })
    expect(status).toBe(204)
  }
})

/** The model that the README leaves to its reader. */
async function startController(database: Database, sync: LogtoSync): Promise<Controller> {
  const User = Entity.create({
    name: 'User',
    properties: [Property.create({ name: 'username', type: 'string' }), ...sync.properties],
    constraints: [...sync.constraints],
  })
  const sendFriendRequest = Interaction.create({
    name: 'sendFriendRequest',
    action: Action.create({ name: 'sendFriendRequest' }),
    payload: Payload.create({ items: [PayloadItem.create({ name: 'to', type: 'string', required: true })] }),
  })
  const created = new Controller({
    system: new MonoSystem(database),
    entities: [User, ...sync.entities],
    relations: [],
    eventSources: [sendFriendRequest, ...sync.eventSources],
  })
  await created.setup(true)
  return created
}

/** Runs the server's block with what the README takes for granted around it, and gives the server that it starts. */
async function runServerBlock(port: number, scope: Record<string, unknown>): Promise<RunningServer> {
  const code = serverBlock
    .replace('port: 4000', `port: ${port}`)
    .replace('await startServer(', 'export const server = await startServer(')
  const folder = join(ROOT, 'node_modules/.cache/readme')
  const file = join(folder, `server-${process.pid}.mjs`)
  const taken = `const { ${Object.keys(scope).join(', ')} } = globalThis.readme\n`
  await mkdir(folder, { recursive: true })
  await writeFile(file, await bundleBlock(taken + code, { platform: 'node', packages: 'external' }))
  Object.assign(globalThis, { readme: scope })
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)).server
  } finally {
    await rm(file)
  }
}
