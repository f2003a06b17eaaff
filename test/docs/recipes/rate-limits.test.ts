import type { Server } from 'node:http'
import type { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client } from '../../../src/server/index.js'
import { createTestLogto, type TestLogto } from '../../../src/testing/index.js'
import { signWebhook } from '../../../src/webhook/index.js'
import { freePort } from '../../support/free-port.js'
import { startApp, type TestApp } from '../../support/interaqt-app.js'
import { openPglite } from '../../support/pglite.js'
import { type PageFiles, writePage } from '../page-files.js'

const PER_PERSON = 5
const PER_ADDRESS = 3
const SIGNING_KEY = 'signing-key-of-the-rate-limits'
const FRONTEND = 'https://app.example.com'

/** What the page's app.ts is in this test. */
declare global {
  var rateLimitsApp: { logto: Client; sync: TestApp['sync']; controller: TestApp['controller'] }
}

describe('the recipe for rate limits', () => {
  const database = openPglite()
  let logto: TestLogto
  let files: PageFiles
  let port: number
  let outer: Hono
  let proxied: Hono
  const servers: Server[] = []

  beforeAll(async () => {
    vi.stubEnv('LOGTO_WEBHOOK_SIGNING_KEY', SIGNING_KEY)
    vi.stubEnv('FRONTEND_URL', FRONTEND)
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    logto = await createTestLogto({
      users: [{ username: 'alice' }, { username: 'bob' }],
      resource: 'http://127.0.0.1:4000/interaction',
    })
    const { endpoint: logtoEndpoint, machine, fetch } = logto
    const client = new Client({ logtoEndpoint, ...machine, interaqtEndpoint: 'http://127.0.0.1:4000', fetch })
    const { controller, sync } = await startApp(database, { logto: client })
    globalThis.rateLimitsApp = { logto: client, sync, controller }
  })
  afterAll(async () => {
    for (const server of servers) server.close()
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    await files?.remove()
    await database.close()
  })
  // New counters for every test.
  beforeEach(async () => {
    outer = await start(0)
  })

  async function start(proxies: number): Promise<Hono> {
    await files?.remove()
    port = await freePort()
    files = await writePage(
      'docs/recipes/rate-limits.md',
      {
        'perPerson: 300': `perPerson: ${PER_PERSON}`,
        'perAddress: 60': `perAddress: ${PER_ADDRESS}`,
        'proxies: 0 }': `proxies: ${proxies} }`,
        'port: 4000': `port: ${port}`,
        'MAX_COUNTED = 100_000': 'MAX_COUNTED = 20',
      },
      { 'app.ts': 'export const { logto, sync, controller } = globalThis.rateLimitsApp\n' },
    )
    const written = await files.import<{ outer: Hono; server: Server }>('server.ts')
    servers.push(written.server)
    return written.outer
  }

  /** A request that comes from an address. */
  const send = (address: string, path: string, init: RequestInit = {}, app = outer) =>
    app.fetch(new Request(`http://127.0.0.1:4000${path}`, { method: 'POST', ...init }), {
      incoming: { socket: { remoteAddress: address, remotePort: 1, remoteFamily: 'IPv4' } },
    })
  const call = async (address: string, token = 'forged', headers: Record<string, string> = {}, app = outer) =>
    (
      await send(
        address,
        '/interaction/nothing',
        { headers: { authorization: `Bearer ${token}`, ...headers } },
        app,
      )
    ).status
  const repeat = async (times: number, work: (time: number) => Promise<number>) => {
    const statuses: number[] = []
    for (let time = 0; time < times; time++) statuses.push(await work(time))
    return statuses
  }
  const tokenOf = (user: string) => logto.accessToken({ user })
  const refusals = (served: number, limit: number, times: number) => [
    ...Array(limit).fill(served),
    ...Array(times - limit).fill(429),
  ]

  it('counts somebody who is signed in from whichever address', async () => {
    const token = await tokenOf('alice')
    const statuses = await repeat(7, (time) => call(`192.0.2.${time}`, token))
    expect(statuses.indexOf(429)).toBe(PER_PERSON)
    expect(statuses.slice(PER_PERSON)).toEqual([429, 429])
    // Another token of the same person is no other person, and another person at the same address is.
    expect(await call('192.0.2.1', await tokenOf('alice'))).toBe(429)
    expect(await call('192.0.2.1', await tokenOf('bob'))).not.toBe(429)
  })

  it('answers 429 with Retry-After, readable for a page of another origin, and does not read the body', async () => {
    const authorization = `Bearer ${await tokenOf('alice')}`
    await repeat(PER_PERSON, () => call('192.0.2.1', authorization.slice(7)))
    let isRead = false
    const pull = () => {
      isRead = true
    }
    const body = new ReadableStream({ pull }, { highWaterMark: 0 })
    const init = { headers: { authorization, origin: FRONTEND }, body, duplex: 'half' }
    const refused = await send('192.0.2.1', '/interaction/nothing', init)
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ error: { code: 'too_many_requests' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect(refused.headers.get('access-control-allow-origin')).toBe(FRONTEND)
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After')
    expect(isRead).toBe(false)
  })

  it('serves again in the next minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      await repeat(PER_ADDRESS, () => call('192.0.2.1'))
      const wait = (await send('192.0.2.1', '/interaction/nothing')).headers.get('retry-after')
      vi.setSystemTime(Date.now() + Number(wait) * 1_000)
      expect(await call('192.0.2.1')).toBe(401)
      // A clock that is set back does not shut anybody out.
      await repeat(PER_ADDRESS, () => call('192.0.2.1'))
      vi.setSystemTime(Date.now() - 3_600_000)
      expect(await call('192.0.2.1')).toBe(401)
    } finally {
      vi.useRealTimers()
    }
  })

  it('counts who is not signed in for the address, whatever they send', async () => {
    const victim = await tokenOf('alice')
    const forged = victim.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')).replace(/\.[^.]+$/, '.AAAA')
    expect(await repeat(5, () => call('192.0.2.1', forged))).toEqual(refusals(401, PER_ADDRESS, 5))
    // Calls in another's name use up none of theirs, and people behind the same address are served.
    expect(await call('192.0.2.1', victim)).not.toBe(429)
    expect(await call('192.0.2.2')).toBe(401)
  })

  it.each([
    [
      'X-Forwarded-For of the caller’s own',
      '192.0.2.1',
      (time: number) => ({ 'x-forwarded-for': `198.51.100.${time}` }),
    ],
    [
      'other headers that name an address',
      '192.0.2.1',
      (time: number) => ({ 'x-real-ip': `198.51.100.${time}` }),
    ],
  ])('%s makes no other caller', async (_, address, headers) => {
    const statuses = await repeat(5, (time) => call(address, 'forged', headers(time)))
    expect(statuses).toEqual(refusals(401, PER_ADDRESS, 5))
  })

  it.each<[string, (time: number) => string]>([
    ['addresses of one IPv6 network', (time) => `2001:db8:1:2:${time}::${time}`],
    [
      'other spellings of one',
      (time) => ['2001:db8::1', '2001:0DB8:0:0::1', '2001:db8:0:0:0:0:0:2'][time % 3] ?? '',
    ],
    ['IPv4 addresses that are written as IPv6', (time) => (time % 2 ? '::ffff:192.0.2.1' : '192.0.2.1')],
  ])('%s are one caller', async (_, addressOf) => {
    expect(await repeat(6, (time) => call(addressOf(time)))).toEqual(refusals(401, PER_ADDRESS, 6))
  })

  it('two IPv6 networks are two callers', async () => {
    await repeat(PER_ADDRESS, () => call('2001:db8:1:2::1'))
    expect(await call('2001:db8:1:3::1')).toBe(401)
  })

  it('behind a proxy takes what that one appended, and nothing that stands before it', async () => {
    proxied = await start(1)
    const from = (address: string) => (time: number) =>
      call('10.0.0.1', 'forged', { 'x-forwarded-for': `198.51.100.${time}, ${address}` }, proxied)
    expect(await repeat(5, from('192.0.2.1'))).toEqual(refusals(401, PER_ADDRESS, 5))
    expect(await from('192.0.2.2')(0)).toBe(401)
    // Past the proxy, without its header, the connection's address counts.
    expect(await repeat(5, () => call('10.0.0.9', 'forged', {}, proxied))).toEqual(
      refusals(401, PER_ADDRESS, 5),
    )
  })

  it('a flood from more addresses than fit into memory ends new ones, and nobody who is signed in', async () => {
    const statuses = await repeat(25, (time) => call(`192.0.2.${time}`))
    expect(statuses).toEqual(refusals(401, 20, 25))
    expect(await call('192.0.2.99', await tokenOf('alice'))).not.toBe(429)
  })

  describe('the webhook', () => {
    const deliver = async (address: string, key = SIGNING_KEY, headers: Record<string, string> = {}) => {
      const body = JSON.stringify({
        event: 'Role.Created',
        hookId: 'hook',
        createdAt: new Date().toISOString(),
      })
      const signature = { 'logto-signature-sha-256': signWebhook(body, key) }
      const init = { headers: { 'content-type': 'application/json', ...signature, ...headers }, body }
      return (await send(address, '/api/syncUser', init)).status
    }

    it('takes any burst of genuine deliveries', async () => {
      expect(new Set(await repeat(30, () => deliver('192.0.2.1')))).toEqual(new Set([200]))
    })

    it('counts refused deliveries for their address, also of somebody who is signed in, and Logto’s go on', async () => {
      const headers = { authorization: `Bearer ${await tokenOf('alice')}` }
      const statuses = await repeat(5, () => deliver('192.0.2.1', 'wrong-key', headers))
      expect(statuses).toEqual(refusals(401, PER_ADDRESS, 5))
      expect(await deliver('192.0.2.2')).toBe(200)
      expect(await call('192.0.2.1', headers.authorization.slice(7))).not.toBe(429)
    })

    it('is not stopped by calls from its address', async () => {
      await repeat(5, () => call('192.0.2.1'))
      expect(await deliver('192.0.2.1')).toBe(200)
    })

    it.each(['/api/syncUser/', '/api//syncUser', '/API/syncUser'])(
      '%s is no way around the limits',
      async (path) => {
        const statuses = await repeat(5, async () => (await send('192.0.2.1', path)).status)
        expect(statuses.slice(PER_ADDRESS)).toEqual([429, 429])
      },
    )
  })

  it('leaves /ping and preflights alone', async () => {
    const ping = () => send('192.0.2.1', '/ping', { method: 'GET' })
    expect(new Set(await repeat(9, async () => (await ping()).status))).toEqual(new Set([200]))
    const headers = { origin: FRONTEND, 'access-control-request-method': 'POST' }
    const preflight = () => send('192.0.2.1', '/interaction/nothing', { method: 'OPTIONS', headers })
    expect(new Set(await repeat(9, async () => (await preflight()).status))).toEqual(new Set([204]))
    expect(await call('192.0.2.1')).toBe(401)
  })

  it('counts over sockets too', async () => {
    const over = async () =>
      (await fetch(`http://127.0.0.1:${port}/interaction/nothing`, { method: 'POST' })).status
    expect(await repeat(5, over)).toEqual(refusals(401, PER_ADDRESS, 5))
  })
})
