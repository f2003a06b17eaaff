import { describe, expect, it } from 'vitest'
import { createLogtoSync } from '../../src/interaqt/index.js'
import type { InteraqtController } from '../../src/interaqt/interaqt-model.js'
import { untilUncontended, withRetries } from '../../src/interaqt/records/retries.js'
import { createWebhookHandler, signWebhook } from '../../src/webhook/index.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'

const failing = (times: number, error: unknown) => {
  let attempts = 0
  const run = async () => {
    attempts++
    if (attempts <= times) throw error
    return 'done'
  }
  return { run, attempts: () => attempts }
}
const withCode = (code: string) => Object.assign(new Error('the database gave up'), { code })

describe('what the database gave up', () => {
  it.each(['40001', '40P01', '25P02', '57P01', '57P03', '53300', 'ECONNREFUSED', 'ECONNRESET'])(
    'is tried again after %s, also when it is the cause of an error',
    async (code) => {
      for (const error of [withCode(code), new Error('dispatch failed', { cause: withCode(code) })]) {
        const { run, attempts } = failing(2, error)
        expect(await withRetries(run)).toBe('done')
        expect(attempts()).toBe(3)
      }
    },
  )

  it('is tried again when a connection ends without a code', async () => {
    expect(await withRetries(failing(1, new Error('Connection terminated unexpectedly')).run)).toBe('done')
  })

  it('is tried five times, and reported as worth another delivery', async () => {
    const cause = withCode('40001')
    const { run, attempts } = failing(Number.POSITIVE_INFINITY, cause)
    await expect(withRetries(run)).rejects.toMatchObject({ code: 'database_unavailable', status: 503, cause })
    expect(attempts()).toBe(5)
  })

  it('is not tried again when that cannot mend it', async () => {
    const { run, attempts } = failing(1, withCode('23502'))
    await expect(withRetries(run)).rejects.toMatchObject({ code: 'write_refused', status: 500 })
    expect(attempts()).toBe(1)
  })
})

describe('a record that other writers change', () => {
  it('is tried again until an attempt is not disturbed', async () => {
    let attempts = 0
    expect(await untilUncontended('alice', async () => (++attempts < 4 ? undefined : 'done'))).toBe('done')
    expect(attempts).toBe(4)
  })

  it('is an error in the end, one that is worth another try', async () => {
    await expect(untilUncontended('alice', async () => undefined)).rejects.toMatchObject({
      code: 'record_contended',
      status: 503,
      headers: { 'retry-after': '5' },
    })
  })
})

describe('a database that is away', () => {
  const away = () => Promise.reject(withCode('ECONNREFUSED'))
  const controller: InteraqtController = {
    system: {
      storage: {
        findOne: away,
        find: away,
        create: away,
        update: away,
        runInTransaction: away,
        atomic: { lockRecord: away, lockRows: away },
      },
    },
    dispatch: away,
    maintainEntityRetention: away,
  }
  const logto = new FakeLogto()
  const sync = createLogtoSync({ logto })
  sync.attach(controller)

  it('is one error, whatever was asked for', async () => {
    const created = logto.create('alice')
    const unavailable = { code: 'database_unavailable', status: 503, headers: { 'retry-after': '5' } }
    await Promise.all([
      expect(sync.ensureUser('alice')).rejects.toMatchObject(unavailable),
      expect(sync.apply(created)).rejects.toMatchObject(unavailable),
      expect(sync.replay({ hookId: 'hook' })).rejects.toMatchObject(unavailable),
      expect(sync.reconcile()).rejects.toMatchObject(unavailable),
    ])
  })

  it('is that error too when it goes away between reading and writing', async () => {
    const users = new FakeLogto()
    for (const id of ['alice', 'bob', 'carol']) users.create(id)
    const sync = createLogtoSync({ logto: users })
    const { storage } = controller.system
    sync.attach({ ...controller, system: { storage: { ...storage, find: async () => [] } } })
    await expect(sync.reconcile()).rejects.toMatchObject({ code: 'database_unavailable' })
  })

  it('makes the webhook answer 5xx, so that Logto logs the delivery as failed', async () => {
    const errors: unknown[] = []
    const handle = createWebhookHandler({
      signingKey: 'key',
      onAny: (event) => sync.apply(event),
      onError: (error) => errors.push(error),
    })
    const body = JSON.stringify(logto.create('bob'))
    const headers = {
      'content-type': 'application/json',
      'logto-signature-sha-256': signWebhook(body, 'key'),
    }
    const { status } = await handle(new Request('http://api/syncUser', { method: 'POST', body, headers }))
    expect(status).toBe(500)
    expect(errors).toMatchObject([{ errors: [{ code: 'database_unavailable' }] }])
  })
})
