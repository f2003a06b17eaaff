import { Action, Controller, Entity, Interaction, KlassByName, MonoSystem, Property } from 'interaqt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { createApp } from '../../src/http/index.js'
import { refuseImpersonation } from '../../src/interaqt/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { openPglite } from '../support/pglite.js'

const RESOURCE = 'http://127.0.0.1:4000/interaction'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const ALICE = 'alice0000000'
const SUPPORT = 'support00000'

const database = openPglite()
const { controller, storage } = createModel()
let logto: EmbeddedLogto
let client: Client

beforeAll(async () => {
  logto = await startEmbeddedLogto({
    port: 0,
    log: () => {},
    resources: [{ indicator: RESOURCE, scopes: ['read'], defaultScopes: ['read'] }],
    users: [
      { id: ALICE, username: 'alice', password: 'correct-horse' },
      { id: SUPPORT, username: 'support', password: 'correct-horse' },
    ],
  })
  for (const id of ['desk', 'kiosk']) {
    const customClientMetadata = { allowTokenExchange: true }
    const oidcClientMetadata = { redirectUris: ['http://127.0.0.1:5173/callback'] }
    logto.state.applications.add({ id, name: id, type: 'SPA', oidcClientMetadata, customClientMetadata })
  }
  client = new Client({ logtoEndpoint: logto.url, resource: RESOURCE })
  await controller.setup(true)
  await storage.create('User', { key: ALICE })
})
afterAll(async () => {
  await logto.close()
  await database.close()
})

describe('a token that was exchanged for a subject token', () => {
  it('passes where its application is among authorizedParties, and nowhere else', async () => {
    const token = await tokenOfAlice('desk')
    const claims = await client.verifyAccessToken(token, { authorizedParties: ['app', 'desk'] })
    expect(claims).toMatchObject({ sub: ALICE, client_id: 'desk', scope: 'read' })
    for (const act of [{}, await acting()]) {
      const foreign = await tokenOfAlice('kiosk', act)
      await expect(client.verifyAccessToken(foreign, { authorizedParties: ['desk'] })).rejects.toMatchObject({
        code: 'authorized_party_mismatch',
      })
    }
  })

  it('is refused by refuseImpersonation() when somebody acts, and looks like the user’s own otherwise', async () => {
    expect(await closeAccount(await tokenOfAlice('desk', await acting()))).toEqual([
      403,
      'impersonation_refused',
    ])
    expect(await closeAccount(await tokenOfAlice('desk'))).toEqual([200, undefined])
  })

  it('names in act who acts', async () => {
    const marked = await client.verifyAccessToken(await tokenOfAlice('desk', await acting()))
    expect(marked).toMatchObject({ sub: ALICE, act: { sub: SUPPORT } })
    const unmarked = await client.verifyAccessToken(await tokenOfAlice('desk'))
    expect(unmarked).not.toHaveProperty('act')
  })

  it('is refused without a mark too where authorizedParties leaves out who may exchange', async () => {
    const token = await tokenOfAlice('desk')
    expect(await closeAccount(token, ['app'])).toEqual([403, 'authorized_party_mismatch'])
  })
})

async function closeAccount(token: string, authorizedParties?: string[]): Promise<[number, unknown]> {
  const parseUserId = createParseUserId(client, authorizedParties && { authorizedParties })
  const logger = { info: () => {}, warn: () => {}, error: () => {} }
  const app = createApp(controller, { parseUserId, userProperty: 'key', logger })
  const headers = { authorization: `Bearer ${token}` }
  const response = await app.request('/interaction/closeAccount', { method: 'POST', headers })
  const body = await response.json()
  return [response.status, body?.error?.code]
}

/** Exchanges a subject token of alice for an access token for the resource. */
const tokenOfAlice = (application: string, more: Record<string, string> = {}): Promise<string> =>
  exchange({
    client_id: application,
    subject_token: logto.state.exchangeable.addSubjectToken(ALICE),
    resource: RESOURCE,
    scope: 'read',
    ...more,
  })

/** The parameters that say that the support desk acts. */
async function acting(): Promise<Record<string, string>> {
  const token = await exchange({
    client_id: 'desk',
    subject_token: logto.state.exchangeable.addSubjectToken(SUPPORT),
    scope: 'openid',
  })
  return { actor_token: token, actor_token_type: ACCESS_TOKEN }
}

async function exchange(form: Record<string, string>): Promise<string> {
  const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
  const fixed = { grant_type: grantType, subject_token_type: ACCESS_TOKEN }
  const body = new URLSearchParams({ ...fixed, ...form })
  const response = await fetch(`${logto.issuer}/token`, { method: 'POST', body })
  const { access_token: token } = await response.json()
  if (typeof token !== 'string') throw new Error(`the exchange answered ${response.status}`)
  return token
}

function createModel() {
  const system = new MonoSystem(database)
  system.conceptClass = KlassByName
  const User = Entity.create({
    name: 'User',
    properties: [Property.create({ name: 'key', type: 'string' })],
  })
  const action = Action.create({ name: 'act' })
  const closing = Interaction.create({ name: 'closeAccount', action, conditions: refuseImpersonation() })
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const created: Controller = Reflect.construct(Controller, [
    { system, entities: [User], relations: [], eventSources: [closing] },
  ])
  return { controller: created, storage: system.storage }
}
