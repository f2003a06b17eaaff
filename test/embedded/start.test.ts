import { request as httpRequest } from 'node:http'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { refuseProduction } from '../../src/embedded/production-guard.js'
import { send } from '../contract/http.js'
import { startLogto } from './logto.js'

describe('startEmbeddedLogto', () => {
  let logto: EmbeddedLogto
  const said: string[] = []

  beforeEach(async () => {
    said.length = 0
    logto = await startLogto({ log: (message) => said.push(message) })
  })
  afterEach(() => logto.close())

  it('takes a free port for 0, and its issuer names it', async () => {
    const { fields } = await send(`${logto.url}/oidc/.well-known/openid-configuration`)
    expect(logto.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(fields.issuer).toBe(`${logto.url}/oidc`)
    expect(logto.issuer).toBe(fields.issuer)
  })

  it('says that it is not for production', () => {
    expect(said).toEqual([
      `Embedded Logto on ${logto.url}: for development and tests only, not for production.`,
    ])
  })

  it('says what failed here, without the query, and nothing on the console', async () => {
    const onConsole = vi.spyOn(console, 'error').mockImplementation(() => {})
    vi.spyOn(logto.state, 'issuer', 'get').mockImplementation(() => {
      throw new TypeError('broken on purpose')
    })
    const answer = await fetch(`${logto.url}/oidc/.well-known/openid-configuration?code=secret`)
    expect(answer.status).toBe(500)
    expect(said.slice(1)).toEqual([
      expect.stringMatching(
        /^interaqt-logto: 500 at GET \/oidc\/\.well-known\/openid-configuration: TypeError: broken on purpose\n {4}at /,
      ),
    ])
    expect(onConsole).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  it('listens on loopback only', async () => {
    const { port } = new URL(logto.url)
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')
    if (!outside) return
    const reached = await fetch(`http://${outside.address}:${port}/oidc/jwks`).catch((error: Error) => error)
    expect(reached).toBeInstanceOf(Error)
  })

  it('says so when its port is taken', async () => {
    const port = Number(new URL(logto.url).port)
    await expect(startEmbeddedLogto({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('stops although an answer hangs', async () => {
    logto.faults.endpoint('jwks', { hang: true })
    const request = httpRequest(`${logto.url}/oidc/jwks`).end()
    const waiting = new Promise((resolve) => request.on('error', resolve))
    await new Promise<void>((resolve) =>
      request.on('socket', (socket) => socket.on('connect', () => resolve())),
    )
    await logto.close()
    await expect(waiting).resolves.toMatchObject({ code: 'ECONNRESET' })
  })

  it.each(['/', '/nothing', '/oidc', '/oidc/nothing'])('answers 404 for %s', async (path) => {
    expect((await send(`${logto.url}${path}`)).status).toBe(404)
  })
})

describe('seeds', () => {
  it('refuses a user with a role that nobody defined', async () => {
    const users = [{ username: 'a', roles: ['nobody'] }]
    await expect(startEmbeddedLogto({ port: 0, log: () => {}, users })).rejects.toThrow(
      'no seeded role is named "nobody"',
    )
  })

  it('refuses a role with a scope that no resource has', async () => {
    const roles = [{ name: 'editor', scopes: ['write'] }]
    await expect(startEmbeddedLogto({ port: 0, log: () => {}, roles })).rejects.toThrow(
      'no seeded resource has the scope',
    )
  })
})

describe('the production guard', () => {
  it.each([undefined, '', 'development', 'test'])('lets it start with NODE_ENV=%s', (nodeEnv) => {
    expect(() => refuseProduction(false, nodeEnv)).not.toThrow()
  })

  it.each(['production', 'staging', 'PRODUCTION'])('refuses NODE_ENV=%s', (nodeEnv) => {
    expect(() => refuseProduction(false, nodeEnv)).toThrow(
      expect.objectContaining({ code: 'embedded_in_production' }),
    )
  })

  it('gives way to allowProduction', () => {
    expect(() => refuseProduction(true, 'production')).not.toThrow()
  })

  it('stands before the start', async () => {
    const { NODE_ENV } = process.env
    process.env.NODE_ENV = 'production'
    const started = startEmbeddedLogto({ port: 0 })
    process.env.NODE_ENV = NODE_ENV
    await expect(started).rejects.toMatchObject({ code: 'embedded_in_production' })
  })
})
