import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { after, before, test } from 'node:test'
import { createTestLogto, type TestLogto } from '@yourorg/interaqt-logto/testing'

// The server as its own process, against a Logto that answers over HTTP and signs what Logto signs.

let logto: TestLogto
let logtoServer: Server
let server: ChildProcess
let api: string
let webhookUrl: string
const ports = await Promise.all([freePort(), freePort(), freePort()])

before(async () => {
  const [logtoPort, apiPort, webhookPort] = ports
  api = `http://127.0.0.1:${apiPort}`
  webhookUrl = `http://127.0.0.1:${webhookPort}/api/syncUser`
  logto = await createTestLogto({
    endpoint: `http://127.0.0.1:${logtoPort}`,
    resource: `${api}/interaction`,
    users: ['alice', 'bob', 'carol', 'dave'].map((username) => ({ username, password: 'tea-and-cake' })),
  })
  logtoServer = serve(logto, logtoPort)
  server = spawn(process.execPath, ['--import', 'tsx', 'server.ts'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      LOGTO_ENDPOINT: logto.endpoint,
      LOGTO_M2M_APP_ID: logto.machine.appId,
      LOGTO_M2M_APP_SECRET: logto.machine.appSecret,
      LOGTO_WEBHOOK_SIGNING_KEY: logto.signingKey,
      PORT: String(apiPort),
      WEBHOOK_PORT: String(webhookPort),
    },
  })
  await untilReady()
})
after(() => {
  server.kill()
  logtoServer.close()
  logtoServer.closeAllConnections()
})

test('refuses callers without a good token, and tells them no more than they need', async () => {
  const machine = await logto.machineToken()
  const expired = await logto.accessToken({ user: 'alice', expiresIn: -60 })
  const other = await logto.accessToken({ user: 'alice', audience: 'https://other.example.com' })
  const cases: [string | undefined, number, RegExp][] = [
    [undefined, 401, /^Bearer$/],
    ['garbage', 401, /error="invalid_token"/],
    [expired, 401, /error="invalid_token"/],
    [other, 401, /error="invalid_token"/],
    [machine, 403, /error="insufficient_scope"/],
  ]
  for (const [token, status, challenge] of cases) {
    const response = await call('/api/whoAmI', [], token)
    assert.equal(response.status, status)
    assert.match(response.headers.get('www-authenticate') ?? '', challenge)
    assert.doesNotMatch(await response.text(), /other\.example\.com|127\.0\.0\.1/)
  }
})

test('a new user is provisioned at the first requests, once, though many come at the same time', async () => {
  const token = await logto.accessToken({ user: 'alice' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => json('/api/whoAmI', [], token)))
  assert.deepEqual(new Set(answers.map(({ username }) => username)), new Set(['alice']))
  assert.equal(new Set(answers.map(({ id }) => id)).size, 1)
  assert.equal((await json('/api/findUsers', ['alice'], token)).length, 1)
})

test('a webhook is written once per user, however often and however parallel it is delivered', async () => {
  const bob = logto.state.users.byIdentifier('bob')
  assert.ok(bob)
  const delivery = logto.webhook('User.Created', bob)
  const deliveries = await Promise.all(Array.from({ length: 20 }, () => fetch(delivery.request(webhookUrl))))
  assert.deepEqual(new Set(deliveries.map(({ status }) => status)), new Set([200]))
  const token = await logto.accessToken({ user: 'bob' })
  assert.equal((await json('/api/findUsers', ['bob'], token)).length, 1)
})

test('a webhook without the right signature changes nothing', async () => {
  const delivery = logto.webhook('User.Deleted', { id: logto.state.users.byIdentifier('bob')?.id ?? '' })
  const forged = { ...delivery.headers, 'logto-signature-sha-256': '0'.repeat(64) }
  const response = await fetch(webhookUrl, { method: 'POST', headers: forged, body: delivery.body })
  assert.equal(response.status, 401)
  assert.equal((await call('/api/whoAmI', [], await logto.accessToken({ user: 'bob' }))).status, 200)
})

test("the original Logto guide's friend request, in the form that this runtime serves", async () => {
  const [alice, bob] = await Promise.all([
    logto.accessToken({ user: 'alice' }),
    logto.accessToken({ user: 'bob' }),
  ])
  const [{ id }] = await json('/api/findUsers', ['bob'], alice)
  const body = { interaction: 'sendFriendRequest', payload: { to: { id } } }
  const response = await call('/interaction', body, alice)
  assert.equal(response.status, 200, await response.clone().text())
  const received = await json('/api/receivedRequests', [], bob)
  assert.deepEqual(
    received.map(({ username }: { username: string }) => username),
    ['alice'],
  )
})

test('an interaction that fails takes nothing with it, though others run at the same time', async () => {
  const token = await logto.accessToken({ user: 'carol' })
  const [[alice], [bob]] = await Promise.all([
    json('/api/findUsers', ['alice'], token),
    json('/api/findUsers', ['bob'], token),
  ])
  const request = (payload: unknown) => ({ interaction: 'sendFriendRequest', payload })
  const bodies = [request({ to: alice }), request({}), request({ to: bob }), request({})]
  // A new token is verified once for all who bring it at the same time, so all of them go on at the same time.
  const newToken = await logto.accessToken({ user: 'carol' })
  const responses = await Promise.all(bodies.map((body) => call('/interaction', body, newToken)))
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 400, 200, 400],
  )
  // The runtime refuses the same link again, by throwing.
  assert.equal((await call('/interaction', bodies[0], newToken)).status, 500)
  for (const user of ['alice', 'bob']) {
    const received = await json('/api/receivedRequests', [], await logto.accessToken({ user }))
    assert.ok(received.some(({ username }: { username: string }) => username === 'carol'))
  }
})

test('a suspended user is refused though the token is good, and let in again afterwards', async () => {
  const token = await logto.accessToken({ user: 'carol' })
  const carol = logto.state.users.byIdentifier('carol')
  assert.ok(carol)
  for (const [isSuspended, status] of [
    [true, 403],
    [false, 200],
  ] as const) {
    const path = `${logto.endpoint}/api/users/${carol.id}/is-suspended`
    await managed(path, 'PATCH', { isSuspended })
    await fetch(logto.webhook('User.SuspensionStatus.Updated', { id: carol.id }).request(webhookUrl))
    assert.equal((await call('/api/whoAmI', [], token)).status, status)
  }
})

test('a deleted user is refused, and late events bring nobody back', async () => {
  const token = await logto.accessToken({ user: 'dave' })
  const dave = logto.state.users.byIdentifier('dave')
  assert.ok(dave)
  const late = logto.webhook('User.Data.Updated', dave)
  await managed(`${logto.endpoint}/api/users/${dave.id}`, 'DELETE')
  await fetch(logto.webhook('User.Deleted', { id: dave.id }).request(webhookUrl))
  await fetch(late.request(webhookUrl))
  assert.equal((await call('/api/whoAmI', [], token)).status, 401)
})

test('serves /ping', async () => {
  assert.deepEqual(await (await fetch(`${api}/ping`)).json(), { message: 'pong' })
})

function call(path: string, body: unknown, token: string | undefined): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function json(path: string, body: unknown, token: string | undefined) {
  const response = await call(path, body, token)
  assert.equal(response.status, 200, await response.clone().text())
  return response.json()
}

async function managed(url: string, method: string, body?: unknown): Promise<void> {
  const grant = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: logto.machine.appId,
    client_secret: logto.machine.appSecret,
    resource: 'https://default.logto.app/api',
    scope: 'all',
  })
  const token = await (await fetch(`${logto.endpoint}/oidc/token`, { method: 'POST', body: grant })).json()
  const headers = { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  assert.ok(response.ok, `${method} ${url}: ${response.status}`)
}

/** Puts a Logto that answers Requests on a port. */
function serve({ endpoint, fetch: answer }: TestLogto, port: number | undefined): Server {
  return createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { status, headers, body } = await answer(
      new Request(endpoint + request.url, {
        method: request.method ?? 'GET',
        headers: Object.entries(request.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]),
        ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
      }),
    )
    response.writeHead(status, Object.fromEntries(headers))
    if (body) for await (const chunk of body) response.write(chunk)
    response.end()
  }).listen(port, '127.0.0.1')
}

function untilReady(): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`The server ended with ${code}`)))
    server.stdout?.on('data', (line: Buffer) => {
      process.stdout.write(line)
      if (line.includes('webhook http')) resolve()
    })
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createTcpServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
