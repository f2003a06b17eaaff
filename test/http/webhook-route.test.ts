import { describe, expect, it, vi } from 'vitest'
import { type AppOptions, createApp, createDataAPI } from '../../src/http/index.js'
import { signWebhook } from '../../src/webhook/index.js'

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => undefined } },
}
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

  it.each([undefined, '', []])('does not exist with the signing key %j', async (key) => {
    const response = await deliver({ webhook: { signingKey: key } })
    expect(response.status).toBe(401)
    expect((await response.json()).error.code).toBe('unauthenticated')
  })

  it('can be elsewhere', async () => {
    const webhook = { signingKey, path: '/logto/webhook' }
    expect((await deliver({ webhook }, { path: '/logto/webhook' })).status).toBe(200)
  })

  it('does not hide a data API of the same name', () => {
    const apis = { syncUser: createDataAPI(() => 1) }
    expect(() =>
      createApp(controller, { parseUserId: () => undefined, webhook: { signingKey }, apis }),
    ).toThrow(/both claim \/api\/syncUser/)
  })
})
