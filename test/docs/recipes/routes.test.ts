import { once } from 'node:events'
import type { Server } from 'node:http'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestLogto, type TestLogto } from '../../../src/testing/index.js'
import { freePort } from '../../support/free-port.js'
import { type PageFiles, writePage } from '../page-files.js'

/** Fastify's logger writes past everything that a test could listen to. */
const LOGGER = "logger: { level: 'warn' }"
const INTERAQT_ENDPOINT = 'http://127.0.0.1:4000'

/** A server of a recipe: where it is, and how it ends. */
interface Running {
  call(authorization?: string): Promise<Response>
  close(): Promise<unknown>
}

const overHttp = (port: number, close: () => Promise<unknown>): Running => ({
  call: (authorization) =>
    fetch(`http://127.0.0.1:${port}/report`, { headers: authorization ? { authorization } : {} }),
  close,
})

const RECIPES: [string, (page: string) => Promise<Running>][] = [
  [
    'Express',
    async (page) => {
      const { port, files } = await write(page, 'listen(4000')
      const { server } = await files.import<{ server: Server }>('server.ts')
      if (!server.listening) await once(server, 'listening')
      return overHttp(port, () => new Promise((resolve) => server.close(resolve)))
    },
  ],
  [
    'Fastify',
    async (page) => {
      const logger = { [LOGGER]: LOGGER.replace(' }', ', stream: { write: (line) => console.warn(line) } }') }
      const { port, files } = await write(page, 'port: 4000', logger)
      const { app } = await files.import<{ app: { close(): Promise<unknown> } }>('server.ts')
      return overHttp(port, () => app.close())
    },
  ],
  [
    'Hono',
    async (page) => {
      const { port, files } = await write(page, 'port: 4000')
      const { server } = await files.import<{ server: Server }>('server.ts')
      if (!server.listening) await once(server, 'listening')
      return overHttp(port, () => new Promise((resolve) => server.close(resolve)))
    },
  ],
  [
    'Next.js',
    async (page) => {
      const { files } = await write(page)
      const { GET } = await files.import<{ GET(request: Request): Promise<Response> }>('app/report/route.ts')
      return {
        call: (authorization) =>
          GET(
            new Request('http://127.0.0.1:3000/report', { headers: authorization ? { authorization } : {} }),
          ),
        close: async () => {},
      }
    },
  ],
]

const written: PageFiles[] = []
async function write(page: string, listening?: string, change: Record<string, string> = {}) {
  const port = await freePort()
  const elsewhere = listening === undefined ? {} : { [listening]: listening.replace('4000', String(port)) }
  const files = await writePage(page, { ...elsewhere, ...change })
  written.push(files)
  return { port, files }
}

describe.each(RECIPES)('the recipe for %s', (name, start) => {
  let logto: TestLogto
  let requests: ReturnType<typeof setupServer>
  let running: Running
  const logged: string[] = []

  beforeAll(async () => {
    logto = await createTestLogto({ resource: `${INTERAQT_ENDPOINT}/interaction` })
    requests = setupServer(...logto.handlers)
    requests.listen({ onUnhandledRequest: 'bypass' })
    vi.stubEnv('LOGTO_ENDPOINT', logto.endpoint)
    vi.stubEnv('INTERAQT_ENDPOINT', INTERAQT_ENDPOINT)
    vi.spyOn(console, 'warn').mockImplementation((line) => void logged.push(String(line)))
    running = await start(`docs/recipes/${name.toLowerCase().replace('.', '')}.md`)
  })
  afterEach(() => logged.splice(0))
  afterAll(async () => {
    await running?.close()
    requests?.close()
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    await Promise.all(written.splice(0).map((files) => files.remove()))
  })

  it('answers a person whose token has the scope', async () => {
    const token = await logto.accessToken({ sub: 'fqxs9dd65si6', scope: 'read:reports' })
    const response = await running.call(`Bearer ${token}`)
    expect([response.status, await response.json()]).toEqual([200, { userId: 'fqxs9dd65si6' }])
  })

  it('refuses a request without a token with a challenge', async () => {
    const response = await running.call()
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).toMatchObject({ error: { code: 'token_missing' } })
  })

  it.each([
    [401, 'audience_mismatch', { audience: 'https://other.example.com', scope: 'read:reports' }],
    [403, 'scope_insufficient', { scope: 'write:reports' }],
    [401, 'token_expired', { scope: 'read:reports', expiresIn: -60 }],
  ])('refuses with %i %s, and logs why in one line without the token', async (status, code, options) => {
    const token = await logto.accessToken(options)
    const response = await running.call(`Bearer ${token}`)
    const body = await response.text()
    expect(response.status).toBe(status)
    expect(JSON.parse(body)).toMatchObject({ error: { code } })
    expect(body).not.toContain(INTERAQT_ENDPOINT)
    const lines = logged.join('').trim().split('\n')
    expect(lines).toEqual([expect.stringContaining(code)])
    expect(lines[0]).not.toContain(token.slice(-20))
  })

  it('refuses the token of a machine', async () => {
    const response = await running.call(`Bearer ${await logto.machineToken({ scope: 'read:reports' })}`)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { code: 'machine_token_not_allowed' } })
  })

  it('answers 503, not 401, while the keys cannot be had', async () => {
    logto.faults.endpoint('jwks', { status: 500 })
    await logto.faults.rotateKeys()
    await logto.faults.rotateKeys()
    const response = await running.call(`Bearer ${await logto.accessToken({ scope: 'read:reports' })}`)
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { error: { code: 'keys_unavailable' } },
    ])
    logto.faults.clear()
  })
})
