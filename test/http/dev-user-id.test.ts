import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDataAPI, type RunningServer, startServer } from '../../src/http/index.js'
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
