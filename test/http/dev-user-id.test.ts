import { networkInterfaces } from 'node:os'
import { serve as serveWithHono } from '@hono/node-server'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AppOptions,
  createApp,
  createDataAPI,
  type RunningServer,
  startServer,
} from '../../src/http/index.js'
import { AuthError, createParseUserId } from '../../src/server/index.js'

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => ({ id: 1, logtoId: 'alice0000000' }) } },
}
const refusing = {
  verifyJWTForAPI: async () => {
    throw new AuthError('token_missing', 'none')
  },
}
const ALICE = { 'x-user-id': 'alice0000000' }
const apis = { whoAmI: createDataAPI(({ user }) => user.logtoId) }
const parse = () => createParseUserId(refusing, { devUserIdHeader: 'x-user-id' })

const serve = (host?: string) =>
  startServer(controller, {
    port: 0,
    apis: { whoAmI: createDataAPI(({ user }) => user.logtoId) },
    parseUserId: createParseUserId(refusing, { devUserIdHeader: 'x-user-id' }),
    ...(host === undefined ? {} : { host }),
  })
const whoAmI = ({ url }: RunningServer, headers: Record<string, string>) =>
  fetch(`${url}/api/whoAmI`, { method: 'POST', headers })

const running: RunningServer[] = []
beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 })))
})

/** Another address of this machine, where there is one. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address

describe('devUserIdHeader under startServer', () => {
  it('is believed on loopback', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const server = await serve()
    running.push(server)
    const response = await whoAmI(server, { 'x-user-id': 'alice0000000' })
    expect(await response.json()).toBe('alice0000000')
    expect((await whoAmI(server, {})).status).toBe(401)
  })

  it.runIf(outside)(
    'cannot be reached by another address of this machine, as a server without it can',
    async () => {
      vi.stubEnv('NODE_ENV', 'development')
      const server = await serve()
      const open = await startServer(controller, { port: 0, host: '0.0.0.0', parseUserId: () => undefined })
      running.push(server, open)
      const ping = ({ url }: RunningServer) => fetch(`http://${outside}:${new URL(url).port}/ping`)
      expect((await ping(open)).status).toBe(200)
      await expect(ping(server)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    },
  )

  it.each(['0.0.0.0', '::', outside ?? '192.0.2.1'])('refuses to listen on %s', async (host) => {
    vi.stubEnv('NODE_ENV', 'test')
    await expect(serve(host)).rejects.toThrow(/devUserIdHeader.*this machine only/)
  })

  it.each(['127.0.0.1', 'localhost'])('may name %s', async (host) => {
    vi.stubEnv('NODE_ENV', 'test')
    const server = await serve(host)
    running.push(server)
    expect(await (await whoAmI(server, { 'x-user-id': 'alice0000000' })).json()).toBe('alice0000000')
  })

  it.each([undefined, 'production'])(
    'binds nobody to loopback where it is ignored: NODE_ENV %s',
    async (environment) => {
      vi.stubEnv('NODE_ENV', environment)
      const server = await serve('0.0.0.0')
      running.push(server)
      expect((await whoAmI(server, { 'x-user-id': 'alice0000000' })).status).toBe(401)
    },
  )
})

type Wrapper = (parseUserId: ReturnType<typeof parse>) => AppOptions['parseUserId']

/** How an application puts parseUserId into a function of its own, which hides `loopbackOnly`. */
const WRAPPED: Record<string, Wrapper> = {
  'passes the headers on': (parseUserId) => (headers) => parseUserId(headers),
  'passes all on': (parseUserId) => (headers, connection) => parseUserId(headers, connection),
  'makes a copy of the headers': (parseUserId) => (headers, connection) =>
    parseUserId({ ...headers }, connection),
  'makes Fetch headers of them': (parseUserId) => (headers, connection) =>
    parseUserId(
      new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      connection,
    ),
  'returns the id alone': (parseUserId) => async (headers) => (await parseUserId(headers)).userId,
}

describe.each(Object.entries(WRAPPED))('devUserIdHeader in a function that %s', (_, wrap) => {
  const serveWrapped = async (host: string) => {
    vi.stubEnv('NODE_ENV', 'development')
    const server = await startServer(controller, { port: 0, host, apis, parseUserId: wrap(parse()) })
    running.push(server)
    return server
  }

  it.each(['127.0.0.1', '0.0.0.0', '::'])('is believed from this machine: host %s', async (host) => {
    const server = await serveWrapped(host)
    const { port } = new URL(server.url)
    const response = await whoAmI({ ...server, url: `http://127.0.0.1:${port}` }, ALICE)
    expect(await response.json()).toBe('alice0000000')
  })

  it.runIf(outside)('is ignored from another address, though the server listens on all', async () => {
    const server = await serveWrapped('0.0.0.0')
    const { port } = new URL(server.url)
    const response = await whoAmI({ ...server, url: `http://${outside}:${port}` }, ALICE)
    expect([response.status, (await response.json()).error.code]).toEqual([401, 'token_missing'])
  })

  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'])(
    'is ignored with the header %s',
    async (name) => {
      const server = await serveWrapped('127.0.0.1')
      expect((await whoAmI(server, { ...ALICE, [name]: '127.0.0.1' })).status).toBe(401)
    },
  )
})

describe('devUserIdHeader under createApp', () => {
  beforeEach(() => vi.stubEnv('NODE_ENV', 'test'))
  const app = (parseUserId: AppOptions['parseUserId'] = parse()) =>
    createApp(controller, { parseUserId, apis })
  const POST = { method: 'POST', headers: ALICE }
  const incomingFrom = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } })

  it('is ignored without a connection, and believed for the one that a test names', async () => {
    expect((await app().request('/api/whoAmI', POST)).status).toBe(401)
    expect((await app().request('/api/whoAmI', POST, {})).status).toBe(401)
    expect((await app().request('/api/whoAmI', POST, incomingFrom('192.0.2.1'))).status).toBe(401)
    const response = await app().request('/api/whoAmI', POST, incomingFrom('127.0.0.1'))
    expect(await response.json()).toBe('alice0000000')
  })

  it.each([
    null,
    'text',
    1,
    { incoming: null },
    { incoming: { socket: null } },
    { incoming: { socket: { remoteAddress: 1 } } },
  ])('is ignored with the environment %j', async (env) => {
    const response = await Reflect.apply(app().request, undefined, ['/api/whoAmI', POST, env])
    expect(response.status).toBe(401)
  })

  it('knows the connection below an app of its own, under the server of Hono', async () => {
    const main = new Hono()
    main.route(
      '/backend',
      app((headers) => parse()(headers)),
    )
    main.mount('/mounted', app().fetch)
    const server = serveWithHono({
      fetch: main.fetch,
      port: 0,
      hostname: '127.0.0.1',
      overrideGlobalObjects: false,
    })
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    for (const path of ['/backend', '/mounted']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}/api/whoAmI`, POST)
      expect(await response.json()).toBe('alice0000000')
    }
    await new Promise((resolve) => server.close(resolve))
  })

  it('is ignored in a copy of the headers that comes without the connection', async () => {
    const parseUserId = parse()
    const copying = app((headers) => parseUserId({ ...headers }))
    expect((await copying.request('/api/whoAmI', POST, incomingFrom('127.0.0.1'))).status).toBe(401)
  })
})
