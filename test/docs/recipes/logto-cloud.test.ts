import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../../src/server/index.js'
import { createTestLogto, type TestLogto } from '../../../src/testing/index.js'
import { FakeHost } from '../../cli/fake-host.js'
import { codeBlocks } from '../markdown.js'
import { type PageFiles, writePage } from '../page-files.js'

const PAGE = 'docs/recipes/logto-cloud.md'
const TENANT = 'https://my-tenant.logto.app'
const DOMAIN = 'https://auth.example.com'

// What is known of the Cloud: each tenant's Management API has an indicator of its own, and the self-hosted one is unknown.
const MANAGEMENT_API = `${TENANT}/api`

let requests: ReturnType<typeof setupServer> | undefined
let asked: (string | null)[] = []

async function startTenant(endpoint: string): Promise<TestLogto> {
  const logto = await createTestLogto({
    endpoint,
    resource: 'https://another-api.example.com',
    users: [{ username: 'alice' }],
  })
  requests = setupServer(
    http.post(`${endpoint}/oidc/token`, async ({ request }) => {
      const form = new URLSearchParams(await request.clone().text())
      asked.push(form.get('resource'))
      if (form.get('resource') !== MANAGEMENT_API)
        return HttpResponse.json({ error: 'invalid_target', error_description: 'unknown' }, { status: 400 })
      form.set('resource', 'https://default.logto.app/api')
      const headers = new Headers(request.headers)
      headers.delete('content-length')
      return logto.fetch(new Request(request.url, { method: 'POST', headers, body: form.toString() }))
    }),
    ...logto.handlers,
  )
  requests.listen({ onUnhandledRequest: 'error' })
  return logto
}

afterEach(() => {
  requests?.close()
  vi.unstubAllEnvs()
  asked = []
})

describe('the recipe for Logto Cloud', () => {
  let files: PageFiles
  let host: FakeHost
  beforeAll(async () => {
    files = await writePage(PAGE)
    host = await FakeHost.create()
  })
  afterAll(async () => {
    await files.remove()
    await host.remove()
  })

  const commands = codeBlocks(PAGE)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => [...code.matchAll(/^npx interaqt-logto (setup .*)$/gm)])
    .map(([, command = '']) => command)

  it('shows commands', () => expect(commands).toHaveLength(2))

  it.each(commands)('interaqt-logto %s: makes all in the tenant, once', async (command) => {
    const logto = await startTenant(TENANT)
    Object.assign(host.env, {
      LOGTO_M2M_APP_ID: logto.machine.appId,
      LOGTO_M2M_APP_SECRET: logto.machine.appSecret,
      INTERAQT_ENDPOINT: 'http://127.0.0.1:4000',
      FRONTEND_URL: 'http://127.0.0.1:5173',
    })
    await host.writeEnv('')
    const [, ...flags] = command.split(' ')
    const { steps } = await host.setup(...flags)
    expect(steps.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'create SPA application',
      'keep M2M application',
      'create API resource',
      'create Webhook',
    ])
    expect(await host.readEnv()).toContain(`LOGTO_ENDPOINT=${TENANT}\n`)
    expect(new Set(asked)).toEqual(new Set([MANAGEMENT_API]))
    const again = await host.setup(...flags)
    expect(again.steps.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep'])
  })

  it('reads users behind a custom domain by the indicator of the tenant', async () => {
    const cloud = await startTenant(DOMAIN)
    vi.stubEnv('LOGTO_M2M_APP_ID', cloud.machine.appId)
    vi.stubEnv('LOGTO_M2M_APP_SECRET', cloud.machine.appSecret)
    vi.stubEnv('INTERAQT_ENDPOINT', 'http://127.0.0.1:4000')
    const { logto } = await files.import<{ logto: Client }>('logto.ts')
    const names: unknown[] = []
    for await (const { username } of logto.users()) names.push(username)
    expect(names).toEqual(['alice'])
    expect(asked).toEqual([MANAGEMENT_API])
    const { sub } = await logto.verifyAccessToken(
      await cloud.accessToken({ sub: 'fqxs9dd65si6', audience: 'http://127.0.0.1:4000/interaction' }),
    )
    expect(sub).toBe('fqxs9dd65si6')
  })
})
