import { Action, Controller, Entity, Interaction, KlassByName, MonoSystem, Property } from 'interaqt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AppOptions,
  createApp,
  createDataAPI,
  type RunningServer,
  startServer,
} from '../../src/http/index.js'
import { refuseImpersonation } from '../../src/interaqt/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { createTestLogto } from '../../src/testing/index.js'
import { openPglite } from '../support/pglite.js'

const logto = await createTestLogto()
const client = new Client({ logtoEndpoint: logto.endpoint, resource: logto.resource, fetch: logto.fetch })
const parseUserId = createParseUserId(client)
const database = openPglite()
const { controller, storage } = createModel()
const lines: string[] = []
const write = (line: string) => void lines.push(line)
const logger = { info: write, warn: write, error: write }
const apis = { who: createDataAPI(({ actor, claims }) => ({ actor, act: claims?.act })) }
let server: RunningServer

beforeAll(async () => {
  await controller.setup(true)
  // Columns of the names of the identity: what a person has written there decides nothing.
  await storage.create('User', { key: 'alice0000000' })
  await storage.create('User', {
    key: 'bob000000000',
    actor: { sub: 'support' },
    claims: { act: { sub: 'support' } },
  })
  server = await startServer(controller, { port: 0, parseUserId, userProperty: 'key', logger, apis })
})
afterAll(async () => {
  await server.close()
  await database.close()
})

const SUPPORT = { sub: 'support00000', client_id: 'desk' }
const tokenWith = (act: unknown, sub = 'alice0000000') =>
  logto.accessToken({ sub, claims: act === undefined ? {} : { act } })
async function post(path: string, token: string) {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers })
  return { status: response.status, body: await response.json() }
}
async function latestEvent() {
  const [event] = await storage.find('_Interaction_', undefined, { orderBy: { id: 'DESC' }, limit: 1 }, ['*'])
  return event?.user
}

describe('refuseImpersonation', () => {
  it.each([
    ['as Logto writes it', SUPPORT],
    ['as a chain', { sub: 'a', act: { sub: 'b' } }],
    ['without a subject', {}],
    ['null', null],
    ['an empty string', ''],
    ['a string', 'support'],
    ['false', false],
    ['zero', 0],
    ['a list', []],
  ])('refuses a token whose act is %s', async (_, act) => {
    const { status, body } = await post('/interaction/closeAccount', await tokenWith(act))
    expect([status, body.error.code]).toEqual([403, 'impersonation_refused'])
  })

  it('says in the log what to do', async () => {
    lines.length = 0
    const hono = createApp(controller, { parseUserId, userProperty: 'key', logger })
    const authorization = `Bearer ${await tokenWith(SUPPORT)}`
    await hono.request('/interaction/closeAccount', { method: 'POST', headers: { authorization } })
    expect(lines).toEqual([
      expect.stringMatching(
        /403 at POST \/interaction\/closeAccount: impersonation_refused: .* What to do: sign in as the user/,
      ),
    ])
  })

  it("lets the user's own token pass, and takes no column for the claim", async () => {
    for (const sub of ['alice0000000', 'bob000000000']) {
      expect((await post('/interaction/closeAccount', await tokenWith(undefined, sub))).status).toBe(200)
      expect((await post('/interaction/closeAccount', await tokenWith(SUPPORT, sub))).status).toBe(403)
    }
  })

  it.each<[string, NonNullable<AppOptions['interactionUser']>]>([
    ['a field to store', () => ({ actor: undefined })],
    ['a field to store, beside claims', () => ({ actor: undefined, claims: {} })],
  ])('cannot be fooled by %s', async (_, interactionUser) => {
    const app = createApp(controller, { parseUserId, userProperty: 'key', logger, interactionUser })
    const answer = async (act: unknown) => {
      const headers = { authorization: `Bearer ${await tokenWith(act)}` }
      return (await app.request('/interaction/closeAccount', { method: 'POST', headers })).status
    }
    expect([await answer(SUPPORT), await answer(undefined)]).toEqual([403, 200])
  })
})

describe('who acts', () => {
  it('is stored with the event', async () => {
    await post('/interaction/look', await tokenWith(SUPPORT))
    expect(await latestEvent()).toMatchObject({ logtoId: 'alice0000000', actor: SUPPORT })
    await post('/interaction/look', await tokenWith(undefined, 'bob000000000'))
    expect(await latestEvent()).not.toHaveProperty('actor')
  })

  it('is told to data APIs, and stays in the claims', async () => {
    expect((await post('/api/who', await tokenWith(SUPPORT))).body).toEqual({ actor: SUPPORT, act: SUPPORT })
    expect((await post('/api/who', await tokenWith(undefined, 'bob000000000'))).body).toEqual({})
  })

  it('is in the claims of the verifier and of parseUserId', async () => {
    const headers = { authorization: `Bearer ${await tokenWith(SUPPORT)}` }
    expect((await client.verifyJWTForAPI(headers)).act).toEqual(SUPPORT)
    expect((await parseUserId(headers)).claims.act).toEqual(SUPPORT)
  })
})

function createModel() {
  const system = new MonoSystem(database)
  system.conceptClass = KlassByName
  const User = Entity.create({
    name: 'User',
    properties: [
      Property.create({ name: 'key', type: 'string' }),
      Property.create({ name: 'actor', type: 'object' }),
      Property.create({ name: 'claims', type: 'object' }),
    ],
  })
  const action = Action.create({ name: 'act' })
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const created: Controller = Reflect.construct(Controller, [
    {
      system,
      entities: [User],
      relations: [],
      eventSources: [
        Interaction.create({ name: 'closeAccount', action, conditions: refuseImpersonation() }),
        Interaction.create({ name: 'look', action }),
      ],
    },
  ])
  return { controller: created, storage: system.storage }
}
