import {
  Action,
  Condition,
  Controller,
  Entity,
  Interaction,
  KlassByName,
  MonoSystem,
  Property,
} from 'interaqt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../src/http/index.js'
import { type ConditionEvent, requireOrganization, requireScope } from '../../src/interaqt/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { createTestLogto } from '../../src/testing/index.js'
import { openPglite } from '../support/pglite.js'

// docs/recipes/roles-and-organizations.md, "Custom claims".
const paysForReports = Condition.create({
  name: 'paysForReports',
  content: async ({ user }: ConditionEvent) => {
    const claims = user?.claims
    return typeof claims === 'object' && claims !== null && 'plan' in claims && claims.plan === 'pro'
  },
})

const CONDITIONS = {
  report: paysForReports,
  publish: requireScope('publish:announcements'),
  announce: requireOrganization(),
}

const logto = await createTestLogto()
const client = new Client({ logtoEndpoint: logto.endpoint, resource: logto.resource, fetch: logto.fetch })
const database = openPglite()
let server: RunningServer

beforeAll(async () => {
  const User = Entity.create({ name: 'User', properties: [Property.create({ name: 'key', type: 'string' })] })
  const system = new MonoSystem(database)
  system.conceptClass = KlassByName
  const eventSources = Object.entries(CONDITIONS).map(([name, conditions]) =>
    Interaction.create({ name, action: Action.create({ name }), conditions }),
  )
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const controller: Controller = Reflect.construct(Controller, [
    { system, entities: [User], relations: [], eventSources },
  ])
  await controller.setup(true)
  await system.storage.create('User', { key: 'alice0000000' })
  const logger = { info: () => {}, warn: () => {}, error: () => {} }
  const parseUserId = createParseUserId(client)
  server = await startServer(controller, { port: 0, parseUserId, userProperty: 'key', logger })
})
afterAll(async () => {
  await server.close()
  await database.close()
})

async function call(
  name: string,
  token: { scope?: string; organizationId?: string; claims?: Record<string, unknown> },
) {
  const accessToken = await logto.accessToken({ sub: 'alice0000000', ...token })
  const headers = { authorization: `Bearer ${accessToken}` }
  const response = await fetch(`${server.url}/interaction/${name}`, { method: 'POST', headers })
  await response.body?.cancel()
  return response.status
}

it('a condition on a custom claim lets pass who has it', async () => {
  expect(await call('report', { claims: { plan: 'pro' } })).toBe(200)
  expect(await call('report', { claims: { plan: 'free' } })).toBe(403)
})

// Recorded at Logto 1.42.0 (custom-claims-script-throws): it answers 200, and the token has no claim of the script
it.each(Object.keys(CONDITIONS))(
  '%s refuses a token of which a failed script has left the claims out',
  async (name) => {
    expect(await call(name, {})).toBe(403)
  },
)

it('no script passes for a scope or an organization', async () => {
  expect(await call('publish', { scope: 'publish:announcements' })).toBe(200)
  expect(await call('announce', { organizationId: 'kizej1chg7or' })).toBe(200)
  expect(await call('publish', { claims: { scopes: ['publish:announcements'] } })).toBe(403)
  expect(await call('announce', { claims: { organizationId: 'kizej1chg7or' } })).toBe(403)
})
