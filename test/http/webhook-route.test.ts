import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AppOptions,
  createApp,
  createDataAPI,
  type RunningServer,
  startServer,
} from '../../src/http/index.js'
import { ManagementError } from '../../src/server/index.js'
import { signWebhook } from '../../src/webhook/index.js'
import { exchange, requestHead } from '../support/raw-http.js'

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => undefined } },
}
const SILENT = { info: () => {}, warn: () => {}, error: () => {} }
const signingKey = 'a-signing-key'
const body = JSON.stringify({
  event: 'User.Created',
  hookId: 'hook',
  createdAt: '2025-01-01T00:00:00.000Z',
  data: { id: 'alice0000000' },
})

function deliver(
  options: Partial<AppOptions>,
  { path = '/api/syncUser', signature = signWebhook(body, signingKey) } = {},
) {
  return createApp(controller, { parseUserId: () => undefined, ...options }).request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'logto-signature-sha-256': signature },
    body,
  })
}

const ensureUser = async () => ({ id: 1 })

describe('the webhook route', () => {
  it('hands signed events to the sync, then to onAny', async () => {
    const order: string[] = []
    const sync = {
      ensureUser,
      apply: async ({ event }: { event: string }) => void order.push(`apply ${event}`),
    }
    const onAny = ({ event }: { event: string }) => void order.push(`onAny ${event}`)
    expect((await deliver({ sync, webhook: { signingKey, onAny } })).status).toBe(200)
    expect(order).toEqual(['apply User.Created', 'onAny User.Created'])
  })

  describe('for a test delivery', () => {
    const test = JSON.stringify({
      event: 'User.Data.Updated',
      hookId: 'hook',
      createdAt: '2025-01-01T00:00:00.000Z',
      path: '/fake-path/:id',
      data: { result: 'success' },
    })
    async function answerTo(checkLogto: () => Promise<void>, signature = signWebhook(test, signingKey)) {
      const calls: string[] = []
      const sync = {
        ensureUser,
        apply: async () => void calls.push('apply'),
        checkLogto: async () => {
          calls.push('checkLogto')
          await checkLogto()
        },
      }
      const onError = (error: Error) => calls.push(error.message)
      const app = createApp(controller, {
        parseUserId: () => undefined,
        sync,
        webhook: { signingKey, onError, onTest: () => calls.push('onTest'), logger: SILENT },
      })
      const headers = { 'logto-signature-sha-256': signature }
      const response = await app.request('/api/syncUser', { method: 'POST', headers, body: test })
      return { status: response.status, body: await response.json(), calls }
    }

    it('asks Logto whether this server may still read users, and no more', async () => {
      const { status, body, calls } = await answerTo(async () => {})
      expect([status, body, calls]).toEqual([200, { result: 'test' }, ['checkLogto', 'onTest']])
    })

    it('answers with the code of what went wrong, and without its words', async () => {
      const { status, body, calls } = await answerTo(async () => {
        throw new ManagementError('client_secret_expired', 'the secret of m2m has expired')
      })
      expect([status, body.error.code]).toEqual([503, 'client_secret_expired'])
      expect(JSON.stringify(body)).not.toContain('m2m')
      expect(calls).toEqual(['checkLogto', 'the secret of m2m has expired'])
      const other = await answerTo(() => Promise.reject(new TypeError('inner')))
      expect([other.status, other.body.error.code]).toEqual([503, 'test_failed'])
    })

    it('asks Logto nothing for a body that is not signed', async () => {
      const { status, calls } = await answerTo(async () => {}, 'f'.repeat(64))
      expect([status, calls.includes('checkLogto')]).toEqual([401, false])
    })
  })

  it('refuses a wrong signature', async () => {
    const apply = vi.fn()
    const response = await deliver(
      { sync: { ensureUser, apply }, webhook: { signingKey } },
      { signature: 'f'.repeat(64) },
    )
    expect(response.status).toBe(401)
    expect((await response.json()).error.code).toBe('signature_mismatch')
    expect(apply).not.toHaveBeenCalled()
  })

  it('answers 500 when the sync fails, so that Logto logs the delivery as failed and it can be replayed', async () => {
    const sync = { ensureUser, apply: () => Promise.reject(new Error('database is away')) }
    const onError = vi.fn()
    const response = await deliver({ sync, webhook: { signingKey, onError } })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('database')
    expect(onError).toHaveBeenCalledOnce()
  })

  it.each([undefined, ''])('is refused at start with the signing key %j', (key) => {
    expect(() => deliver({ webhook: { signingKey: key } })).toThrow(
      new TypeError('createApp: webhook.signingKey is empty: set LOGTO_WEBHOOK_SIGNING_KEY'),
    )
    expect(() => deliver({ webhook: { signingKey: [] } })).toThrow('webhook.signingKey must be')
  })

  it.each([{}, { webhook: false as const }])('does not exist with %j', async (options) => {
    const apply = vi.fn()
    const response = await deliver({ sync: { ensureUser, apply }, logger: SILENT, ...options })
    expect(response.status).toBe(401)
    expect((await response.json()).error.code).toBe('webhook_not_here')
    expect(apply).not.toHaveBeenCalled()
  })

  it('says that nothing listens where there is neither a sync nor a handler', async () => {
    expect(await (await deliver({ webhook: { signingKey } })).json()).toEqual({ result: 'ignored' })
  })

  it('can be elsewhere', async () => {
    const webhook = { signingKey, path: '/logto/webhook' }
    expect((await deliver({ webhook }, { path: '/logto/webhook' })).status).toBe(200)
  })

  it.each(['GET', 'PUT', 'HEAD'])('answers %s with 405', async (method) => {
    const app = createApp(controller, { parseUserId: () => undefined, webhook: { signingKey } })
    const response = await app.request('/api/syncUser', { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  })

  it('does not hide a data API of the same name', () => {
    const apis = { syncUser: createDataAPI(() => 1) }
    expect(() =>
      createApp(controller, { parseUserId: () => undefined, webhook: { signingKey }, apis }),
    ).toThrow(/both claim \/api\/syncUser/)
  })
})

describe('the webhook route of startServer', () => {
  const seen = vi.fn()
  const options = {
    parseUserId: () => undefined,
    webhook: { signingKey, onAny: seen },
    cors: { origin: 'https://app.example' },
  }
  const signature = signWebhook(body, signingKey)
  const signed = { 'content-type': 'application/json', 'logto-signature-sha-256': signature }
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer(controller, { port: 0, ...options })
  })
  afterAll(() => server.close({ graceMs: 0 }))
  beforeEach(() => seen.mockClear())

  const deliverTo = (path: string, headers: Record<string, string>, text = body) =>
    fetch(`${server.url}${path}`, { method: 'POST', headers, body: text })

  // Headers of the connection are the server's.
  const answerOf = async (response: Response) => ({
    status: response.status,
    text: await response.text(),
    headers: [...response.headers].filter(([name]) => !/^(?:connection|keep-alive|date)$/.test(name)),
  })

  it.each<[string, Record<string, string>, string]>([
    ['a delivery', signed, body],
    ['an unsigned one', {}, body],
    ['another body', signed, `${body} `],
    ['an empty body', signed, ''],
    ['an encoded body', { ...signed, 'content-encoding': 'gzip' }, body],
    ['one from a page', { ...signed, origin: 'https://app.example' }, body],
  ])('answers %s as the app does', async (_, headers, text) => {
    const request = { method: 'POST', headers, body: text }
    const ofApp = await createApp(controller, options).request('/api/syncUser', request)
    expect(await answerOf(await deliverTo('/api/syncUser', headers, text))).toEqual(await answerOf(ofApp))
  })

  it('takes deliveries with a query, and with another spelling of the path', async () => {
    for (const path of ['/api/syncUser', '/api/syncUser?tenant=a', '/api/sync%55ser']) {
      expect((await deliverTo(path, signed)).status).toBe(200)
    }
    expect(seen).toHaveBeenCalledTimes(3)
  })

  it('takes none at other paths or by other methods', async () => {
    expect((await deliverTo('/api/syncUsers', signed)).status).toBe(401)
    expect((await fetch(`${server.url}/api/syncUser`)).status).toBe(405)
    expect(seen).not.toHaveBeenCalled()
  })

  it('answers a delivery that pauses in the middle, and one that breaks off harms no later one', async () => {
    const head = requestHead(
      { ...signed, 'content-length': String(body.length), connection: 'close' },
      '/api/syncUser',
    )
    const port = Number(new URL(server.url).port)
    expect(await exchange(port, head, body.slice(0, 20), body.slice(20))).toMatch(/^HTTP\/1\.1 200 /)
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.end(head + body.slice(0, 20))
    await once(socket.resume(), 'close')
    expect((await deliverTo('/api/syncUser', signed)).status).toBe(200)
    expect(seen).toHaveBeenCalledTimes(2)
  })
})
