import { transform } from 'esbuild'
import {
  Action,
  Controller,
  Entity,
  Interaction,
  InteractionEventEntity,
  MatchExp,
  MonoSystem,
  Property,
} from 'interaqt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { type RunningServer, startServer } from '../../src/http/index.js'
import { Client } from '../../src/server/index.js'
import { bundleBlock } from '../support/bundle-block.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { openPglite } from '../support/pglite.js'
import { serveScripts } from '../support/serve-scripts.js'

// The code blocks of the original Logto guide, "Using Logto As Authentication System", as they stand there, apart from import paths.
const STEP_6 = `
import {Client} from '@yourorg/interaqt-logto/browser'
export const client = new Client(LOGTO_ENDPOINT, VANILLA_JS_APP_ID, INTERAQT_ENDPOINT)

if (await client.client.isAuthenticated()) {
    window.location.href = 'http://localhost:5173/app.html' // 你自己的前端应用地址
} else {
    client.client.signIn('http://localhost:5173/app.html') // 登录成功的回调
}
`
const STEP_7 = `
import {Client} from '@yourorg/interaqt-logto/browser'
export const client = new Client(LOGTO_ENDPOINT, VANILLA_JS_APP_ID, INTERAQT_ENDPOINT)

const result = await client.post('/interaction/sendFriendRequest', {})
`
const STEP_8 = `
import { Client } from '@yourorg/interaqt-logto/server'
const client = new Client(LOGTO_ENDPOINT, MACHINE_TO_MACHINE_APP_ID, MACHINE_TO_MACHINE_APP_SECRET, INTERAQT_ADDR)

startServer(controller, {
    port: 3000,
    parseUserId: async (headers: IncomingHttpHeaders) => {
        return (await client.verifyJWTForAPI(headers)).sub
    }
})
`

const ALICE = { username: 'alice', password: 'correct-horse-9' }

describe.skipIf(!hasChromium())('the original Logto guide', () => {
  let browser: Browser
  let logto: EmbeddedLogto
  let controller: Controller
  let server: RunningServer
  let frontend: Awaited<ReturnType<typeof serveFrontend>>
  const database = openPglite()

  beforeAll(async () => {
    const port = await freePort()
    const interaqtEndpoint = `http://127.0.0.1:${port}`
    controller = await createController()
    // Steps 1 to 3, in the console.
    logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      users: [ALICE],
      applications: [
        { id: 'spa', name: 'Frontend', type: 'SPA', redirectUris: ['http://localhost:5173/app.html'] },
        { id: 'm2m', name: 'API', type: 'MachineToMachine', secret: 'a-secret', managementApi: true },
      ],
      resources: [{ indicator: `${interaqtEndpoint}/interaction` }],
    })
    const alice = logto.state.users.byIdentifier('alice')
    await controller.system.storage.create('User', { logtoId: alice?.id, name: 'Alice' })
    server = await runStep8({
      Client,
      // The port of the block may be taken here; and that guide's frontend is on another origin than its API.
      startServer: (given: Controller, options: Parameters<typeof startServer>[1]) =>
        startServer(given, { ...options, port, cors: true }),
      controller,
      LOGTO_ENDPOINT: logto.url,
      MACHINE_TO_MACHINE_APP_ID: 'm2m',
      MACHINE_TO_MACHINE_APP_SECRET: 'a-secret',
      INTERAQT_ADDR: interaqtEndpoint,
    })
    frontend = await serveFrontend({
      LOGTO_ENDPOINT: logto.url,
      VANILLA_JS_APP_ID: 'spa',
      INTERAQT_ENDPOINT: interaqtEndpoint,
    })
    // The port of the blocks may be taken here: the browser finds it at another one.
    browser = await launchChromium({ hosts: `MAP localhost:5173 127.0.0.1:${frontend.port}` })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await frontend?.close()
    await logto?.close()
    await database.close()
  })

  it('signs a person in, and calls an interaction in the person’s name', async () => {
    const page = await browser.context.newPage()
    await page.goto('http://localhost:5173/')
    const [response] = await Promise.all([
      page.waitForResponse((candidate) => candidate.url() === `${server.url}/interaction/sendFriendRequest`),
      logto.signInAs(page, ALICE),
    ])

    expect(response.status()).toBe(200)
    const named = MatchExp.atom({ key: 'interactionName', value: ['=', 'sendFriendRequest'] })
    const events = await controller.system.storage.find(InteractionEventEntity.name, named, undefined, [
      'user',
    ])
    expect(events).toHaveLength(1)
    expect(events[0]?.user).toMatchObject({ logtoId: logto.state.users.byIdentifier('alice')?.id })
  })

  it('goes straight to the application when somebody is signed in already', async () => {
    const page = await browser.context.newPage()
    const visited: string[] = []
    page.on('framenavigated', (frame) => visited.push(new URL(frame.url()).pathname))
    await page.goto('http://localhost:5173/')
    await page.waitForURL('http://localhost:5173/app.html')
    expect(visited).not.toContain('/sign-in')
  })

  it('refuses a call without a token', async () => {
    const response = await fetch(`${server.url}/interaction/sendFriendRequest`, { method: 'POST' })
    expect(response.status).toBe(401)
  })

  async function createController(): Promise<Controller> {
    const User = Entity.create({
      name: 'User',
      properties: [
        Property.create({ name: 'logtoId', type: 'string' }),
        Property.create({ name: 'name', type: 'string' }),
      ],
    })
    const sendFriendRequest = Interaction.create({
      name: 'sendFriendRequest',
      action: Action.create({ name: 'sendFriendRequest' }),
    })
    const created: Controller = Reflect.construct(Controller, [
      {
        system: new MonoSystem(database),
        entities: [User],
        relations: [],
        eventSources: [sendFriendRequest],
      },
    ])
    await created.setup(true)
    return created
  }
})

/** Runs the block of `server.ts` with what that guide takes for granted around it, and gives the server that it starts. */
async function runStep8(scope: Record<string, unknown>): Promise<RunningServer> {
  const { code } = await transform(STEP_8.replace(/^import.*$/m, ''), { loader: 'ts' })
  const run = new Function(...Object.keys(scope), code.replace('startServer(', 'return startServer('))
  return run(...Object.values(scope))
}

/** Serves that guide's two pages. */
async function serveFrontend(constants: Record<string, string>) {
  const define = Object.fromEntries(
    Object.entries(constants).map(([name, value]) => [name, JSON.stringify(value)]),
  )
  const [index = '', app = ''] = await Promise.all(
    [STEP_6, STEP_7].map((step) => bundleBlock(step, { define, platform: 'browser' })),
  )
  return serveScripts((path) => (path.startsWith('/app.html') ? app : index))
}
