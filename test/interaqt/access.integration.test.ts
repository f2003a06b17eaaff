import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { createDataAPI, type DataAPIContext, type RunningServer, startServer } from '../../src/http/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { accessTokenClaims, signAccessToken } from '../../src/testing/oidc/access-token.js'
import { addHook } from '../../src/testing/seed/seed.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

const RESOURCE = 'http://127.0.0.1:4000/interaction'
const SIGNING_KEY = 'signing-key-of-the-access-test'

describe('a caller whose token is valid for an hour', () => {
  let database: TestDatabase
  let logto: EmbeddedLogto
  let client: Client
  let app: TestApp
  let server: RunningServer

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      resources: [{ indicator: RESOURCE }],
      applications: [
        { id: 'spa', name: 'Web', type: 'SPA' },
        { id: 'machine', name: 'API', type: 'MachineToMachine', secret: 'secret', managementApi: true },
      ],
    })
    client = new Client(logto.url, 'machine', 'secret', 'http://127.0.0.1:4000')
    app = await startApp(database.open(), { logto: client })
    server = await startServer(
      app.controller,
      {
        port: 0,
        parseUserId: createParseUserId(client),
        sync: app.sync,
        webhook: { signingKey: SIGNING_KEY },
      },
      { whoAmI: createDataAPI(async ({ user }: DataAPIContext) => user) },
    )
    addHook(logto.state, { url: `${server.url}/api/syncUser`, signingKey: SIGNING_KEY })
  })
  afterAll(async () => {
    await server.close()
    await logto.close()
    await database.drop()
  })

  const tokenOf = (sub: string) => {
    const grant = { sub, clientId: 'spa', audience: RESOURCE, expiresIn: 3600, scope: '' }
    return signAccessToken(logto.state, accessTokenClaims(logto.state, grant))
  }
  const whoAmI = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(`${server.url}/api/whoAmI`, { method: 'POST', headers, body: '[]' })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const manage = async (method: string, path: string, body?: unknown) => {
    const authorization = `Bearer ${await client.getManagementToken()}`
    await fetch(`${logto.url}/api/users/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    await logto.state.deliveries.settled()
  }

  it('is let in though no webhook told of them', async () => {
    const { id } = logto.state.users.create({ username: 'ivy' })
    expect(await whoAmI(await tokenOf(id))).toMatchObject({ status: 200 })
    expect(await app.user(id)).toMatchObject({ username: 'ivy' })
  })

  it('is refused one delivery after they were suspended, and let in one delivery after that ends', async () => {
    const { id } = logto.state.users.create({ username: 'joe' })
    const token = await tokenOf(id)
    expect(await whoAmI(token)).toMatchObject({ status: 200 })
    const { length } = logto.state.deliveries.log
    await manage('PATCH', `${id}/is-suspended`, { isSuspended: true })
    expect(logto.state.deliveries.log).toHaveLength(length + 1)
    expect(await whoAmI(token)).toMatchObject({ status: 403, body: { error: { code: 'user_suspended' } } })
    await manage('PATCH', `${id}/is-suspended`, { isSuspended: false })
    expect(await whoAmI(token)).toMatchObject({ status: 200 })
  })

  it('is refused one delivery after they were deleted', async () => {
    const { id } = logto.state.users.create({ username: 'kim' })
    const token = await tokenOf(id)
    expect(await whoAmI(token)).toMatchObject({ status: 200 })
    await manage('DELETE', id)
    const refused = await whoAmI(token)
    expect(refused).toMatchObject({ status: 401, body: { error: { code: 'user_deleted' } } })
    expect(refused.headers.get('www-authenticate')).toContain('invalid_token')
  })

  it('is refused when Logto never had them', async () => {
    expect(await whoAmI(await tokenOf('nobody-12345'))).toMatchObject({
      status: 401,
      body: { error: { code: 'user_unknown' } },
    })
  })

  it('is asked to come back while Logto cannot say who they are', async () => {
    const { id } = logto.state.users.create({ username: 'lea' })
    logto.faults.endpoint('management', { status: 503, retryAfter: 1 })
    const token = await tokenOf(id)
    const answer = await whoAmI(token)
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'logto_unavailable' } } })
    expect(JSON.stringify(answer.body)).not.toContain(logto.url)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    logto.faults.clear()
    expect(await whoAmI(token)).toMatchObject({ status: 200 })
  })
})
