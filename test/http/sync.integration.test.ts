import type { Database } from 'interaqt'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createApp, createDataAPI, type RunningServer, startServer } from '../../src/http/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { createTestLogto, type TestLogto } from '../../src/testing/index.js'
import { signWebhook } from '../../src/webhook/index.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { openPglite } from '../support/pglite.js'
import { createDatabase } from '../support/postgres.js'

const databases: { name: string; open(): Promise<{ database: Database; close(): Promise<unknown> }> }[] = [
  {
    name: 'PostgreSQL',
    async open() {
      const created = await createDatabase(inject('postgres'))
      return { database: created.open(), close: () => created.drop() }
    },
  },
  {
    name: 'PGLite',
    async open() {
      const database = openPglite()
      return { database, close: () => database.close() }
    },
  },
]

describe.each(databases)('the HTTP app with sync on $name', ({ open }) => {
  let opened: Awaited<ReturnType<typeof open>>
  let logto: TestLogto
  let app: TestApp
  let server: RunningServer

  beforeAll(async () => {
    opened = await open()
    logto = await createTestLogto({
      applications: [
        { id: 'm2m', secret: 'secret', name: 'API', type: 'MachineToMachine', managementApi: true },
      ],
    })
    const client = new Client({
      logtoEndpoint: logto.endpoint,
      resource: logto.resource,
      appId: 'm2m',
      appSecret: 'secret',
      fetch: (input, init) => logto.fetch(new Request(input, init)),
      management: { retries: 0 },
    })
    app = await startApp(opened.database, { logto: client })
    server = await startServer(
      app.controller,
      {
        port: 0,
        parseUserId: createParseUserId(client),
        sync: app.sync,
        webhook: { signingKey: logto.signingKey, onError: () => {} },
        onError: () => {},
      },
      { whoAmI: createDataAPI(({ user }) => ({ logtoId: user.logtoId, username: user.username })) },
    )
  })
  afterEach(() => logto.faults.clear())
  afterAll(async () => {
    await server.close()
    await opened.close()
  })

  const deliver = (delivery: { body: string; headers: Record<string, string> }) =>
    fetch(`${server.url}/api/syncUser`, { method: 'POST', ...delivery })
  const whoAmI = async (logtoId: string) => {
    const token = await logto.accessToken({ sub: logtoId })
    const response = await fetch(`${server.url}/api/whoAmI`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    const body = await response.json()
    return { status: response.status, body, code: body.error?.code, headers: response.headers }
  }
  const recordsOf = async (logtoId: string) => (await app.users()).filter((user) => user.logtoId === logtoId)

  it('makes one record of 20 parallel deliveries, and keeps it at one for later duplicates', async () => {
    const user = logto.state.users.create({ username: 'alice' })
    const delivery = logto.webhook('User.Created', user)
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(delivery)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    await deliver(delivery)
    expect(await recordsOf(user.id)).toEqual([expect.objectContaining({ username: 'alice' })])
  })

  it('makes one record of deliveries and first requests at the same time', async () => {
    const user = logto.state.users.create({ username: 'bob' })
    const delivery = logto.webhook('User.Created', user)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? deliver(delivery) : whoAmI(user.id))),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(await recordsOf(user.id)).toHaveLength(1)
  })

  it('makes the record at the first request when the webhook is lost', async () => {
    const user = logto.state.users.create({ username: 'carol' })
    expect(await whoAmI(user.id)).toMatchObject({
      status: 200,
      body: { logtoId: user.id, username: 'carol' },
    })
  })

  it('refuses a suspended and a deleted user whose token is still valid', async () => {
    const user = logto.state.users.create({ username: 'dave' })
    expect((await whoAmI(user.id)).status).toBe(200)
    const suspended = logto.state.users.update(user, { isSuspended: true })
    await deliver(logto.webhook('User.SuspensionStatus.Updated', suspended))
    expect(await whoAmI(user.id)).toMatchObject({ status: 403, code: 'user_suspended' })

    logto.state.users.delete(user.id)
    await deliver(logto.webhook('User.Deleted', suspended))
    const refused = await whoAmI(user.id)
    expect(refused).toMatchObject({ status: 401, code: 'user_deleted' })
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  it('refuses a user whom Logto does not know', async () => {
    expect(await whoAmI('nobody000000')).toMatchObject({ status: 401, code: 'user_unknown' })
    expect(await recordsOf('nobody000000')).toEqual([])
  })

  it('goes on for known users while Logto is away, and asks new ones to come again', async () => {
    const known = logto.state.users.create({ username: 'erin' })
    const unknown = logto.state.users.create({ username: 'frank' })
    await whoAmI(known.id)
    logto.faults.endpoint('management', { status: 503 })
    expect((await whoAmI(known.id)).status).toBe(200)
    const later = await whoAmI(unknown.id)
    expect(later).toMatchObject({ status: 503, code: 'logto_unavailable' })
    expect(Number(later.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('answers bad deliveries with what is wrong, and writes nothing', async () => {
    const user = logto.state.users.create({ username: 'grace' })
    const good = logto.webhook('User.Created', user)
    const signed = (body: string) => ({
      body,
      headers: { 'logto-signature-sha-256': signWebhook(body, logto.signingKey) },
    })
    const answers = await Promise.all(
      [
        { ...good, headers: {} },
        { ...good, headers: { 'logto-signature-sha-256': 'f'.repeat(64) } },
        { ...good, body: `${good.body} ` },
        signed('no JSON'),
        signed('{}'),
        signed('null'),
      ].map(deliver),
    )
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 400, 400, 400])
    expect(await recordsOf(user.id)).toEqual([])
  })

  it('is refused at start when it is to store a column that the User entity lacks', () => {
    const parseUserId = () => 'alice0000000'
    expect(() =>
      createApp(app.controller, { parseUserId, sync: app.sync, interactionUser: ['usernam'] }),
    ).toThrow(/no column of the entity User: did you mean username\?/)
  })

  it('does not let callers reach the sync itself', async () => {
    const user = logto.state.users.create({ username: 'mallory' })
    const response = await fetch(`${server.url}/interaction/syncLogtoUser`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await logto.accessToken({ sub: user.id })}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ payload: { logtoId: user.id, isSuspended: false } }),
    })
    expect(response.status).toBe(404)
  })
})
