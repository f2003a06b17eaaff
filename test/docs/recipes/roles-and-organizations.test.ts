import type { Hono } from 'hono'
import { Controller, Entity, type EventSourceInstance, MonoSystem, Property } from 'interaqt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/http/index.js'
import { createLogtoSync } from '../../../src/interaqt/index.js'
import { Client, createParseUserId } from '../../../src/server/index.js'
import { createTestLogto, type TestLogto } from '../../../src/testing/index.js'
import { openPglite } from '../../support/pglite.js'
import { type PageFiles, writePage } from '../page-files.js'

const SCOPE = 'publish:announcements'

describe('the recipe for roles, scopes and organizations', () => {
  const database = openPglite()
  let files: PageFiles
  let logto: TestLogto
  let app: Hono

  beforeAll(async () => {
    logto = await createTestLogto({
      users: [{ username: 'alice', roles: ['publisher'] }, { username: 'bob' }],
      resources: [{ indicator: 'http://127.0.0.1:4000/interaction', scopes: [SCOPE] }],
      roles: [{ name: 'publisher', scopes: [SCOPE] }],
    })
    files = await writePage('docs/recipes/roles-and-organizations.md')
    const model = await files.import<Record<'publish' | 'announce', EventSourceInstance>>('model.ts')
    const { endpoint: logtoEndpoint, machine, fetch } = logto
    const client = new Client({ logtoEndpoint, ...machine, interaqtEndpoint: 'http://127.0.0.1:4000', fetch })
    const sync = createLogtoSync({ logto: client, mapUser: ({ username }) => ({ username }) })
    const User = Entity.create({
      name: 'User',
      properties: [Property.create({ name: 'username', type: 'string' })],
    })
    const controller = new Controller(
      sync.extend({
        system: new MonoSystem(database),
        entities: [User],
        relations: [],
        eventSources: [model.publish, model.announce],
      }),
    )
    await controller.setup(true)
    sync.attach(controller)
    app = createApp(controller, { parseUserId: createParseUserId(client), sync, webhook: false })
  })
  afterAll(async () => {
    await files?.remove()
    await database.close()
  })

  const call = async (interaction: string, token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = '{"payload":{"text":"Hello"}}'
    const response = await app.request(`/interaction/${interaction}`, { method: 'POST', headers, body })
    const { error } = await response.json()
    return [response.status, error?.code]
  }

  it('lets people publish who have a role with the scope, and nobody else', async () => {
    expect(await call('publish', await logto.accessToken({ user: 'alice' }))).toEqual([200, undefined])
    expect(await call('publish', await logto.accessToken({ user: 'bob' }))).toEqual([
      403,
      'scope_insufficient',
    ])
  })

  it('lets people announce with a token of an organization, and not with their usual one', async () => {
    const ofOrganization = await logto.accessToken({ user: 'bob', organizationId: 'kizej1chg7or' })
    expect(await call('announce', ofOrganization)).toEqual([200, undefined])
    expect(await call('announce', await logto.accessToken({ user: 'bob' }))).toEqual([
      403,
      'organization_mismatch',
    ])
  })
})
