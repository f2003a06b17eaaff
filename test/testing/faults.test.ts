import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestLogto, type TestLogto, type TestLogtoOptions } from '../../src/testing/index.js'
import { startWebhookReceiver, type WebhookReceiver } from '../contract/webhook-receiver.js'

let receiver: WebhookReceiver
beforeEach(async () => {
  receiver = await startWebhookReceiver()
})
afterEach(() => receiver.close())

const start = (options: TestLogtoOptions = {}): Promise<TestLogto> =>
  createTestLogto({ hooks: [{ url: receiver.url }], users: [{ username: 'alice' }], ...options })

/** Fires `count` numbered events, one after another, and returns the numbers in their order of arrival. */
async function fire(logto: TestLogto, count: number): Promise<unknown[]> {
  for (let number = 0; number < count; number++) {
    logto.state.deliveries.trigger('User.Created', { event: 'User.Created', number })
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  await logto.state.deliveries.settled()
  return receiver.received.map(({ event }) => event.number)
}

describe('webhook faults', () => {
  it('lose deliveries without a trace', async () => {
    const logto = await start()
    logto.faults.webhooks({ drop: 1 })
    expect(await fire(logto, 3)).toEqual([])
    expect(logto.state.deliveries.log).toEqual([])
  })

  it('fail deliveries, which the log keeps with their body', async () => {
    const logto = await start()
    logto.faults.webhooks({ fail: 1 })
    expect(await fire(logto, 1)).toEqual([])
    const [row] = logto.state.deliveries.log
    expect(row?.payload).toMatchObject({ result: 'Error', hookRequest: { body: { number: 0 } } })
    expect(row?.payload.error).toContain('ECONNREFUSED')
  })

  it('send deliveries twice', async () => {
    const logto = await start()
    logto.faults.webhooks({ duplicate: 1 })
    expect((await fire(logto, 2)).toSorted()).toEqual([0, 0, 1, 1])
  })

  it('let later deliveries overtake earlier ones', async () => {
    const logto = await start({ seed: 3 })
    logto.faults.webhooks({ reorder: 0.5 })
    const order = await fire(logto, 10)
    expect(order).not.toEqual([...order].toSorted())
    expect([...order].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('hit only the events they name', async () => {
    const logto = await start()
    logto.faults.webhooks({ drop: 1, events: ['User.Deleted'] })
    expect(await fire(logto, 1)).toEqual([0])
  })

  it('choose the same deliveries with the same seed, and others with another', async () => {
    const arrived = async (seed: number): Promise<unknown[]> => {
      receiver.received.length = 0
      const logto = await start({ seed })
      logto.faults.webhooks({ drop: 0.5 })
      // On a busy machine two deliveries may arrive the other way round; which ones arrive is the seed's.
      return (await fire(logto, 20)).toSorted()
    }
    const first = await arrived(7)
    expect(await arrived(7)).toEqual(first)
    expect(await arrived(8)).not.toEqual(first)
  })
})

describe('endpoint faults', () => {
  const jwks = (logto: TestLogto): Promise<Response> => logto.fetch(new Request(`${logto.issuer}/jwks`))

  it('answer with a status and Retry-After, so many times', async () => {
    const logto = await start()
    logto.faults.endpoint('jwks', { status: 429, retryAfter: 3, times: 1 })
    const refused = await jwks(logto)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3'])
    expect((await jwks(logto)).status).toBe(200)
  })

  it('answer with what is not JSON', async () => {
    const logto = await start()
    logto.faults.endpoint('discovery', { garbage: true })
    const response = await logto.fetch(new Request(`${logto.issuer}/.well-known/openid-configuration`))
    await expect(response.json()).rejects.toThrow(SyntaxError)
  })

  it('answer late, or never', async () => {
    const logto = await start()
    const soon = new Promise((resolve) => setTimeout(() => resolve('waited'), 20))
    logto.faults.endpoint('management', { delayMs: 60 })
    const late = logto.fetch(new Request(`${logto.endpoint}/api/users`))
    expect(await Promise.race([late, soon])).toBe('waited')
    expect((await late).status).toBe(401)
    logto.faults.endpoint('management', { hang: true })
    const never = logto.fetch(new Request(`${logto.endpoint}/api/users`))
    expect(await Promise.race([never, new Promise((resolve) => setTimeout(resolve, 20, 'waited'))])).toBe(
      'waited',
    )
  })

  it('hit a share of the requests', async () => {
    const logto = await start({ seed: 5 })
    logto.faults.endpoint('jwks', { status: 500, probability: 0.5 })
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await jwks(logto)).status))
    expect(new Set(statuses)).toEqual(new Set([200, 500]))
  })

  it('end when they are cleared', async () => {
    const logto = await start()
    logto.faults.endpoint('jwks', { status: 500 })
    logto.faults.skewClock(1000)
    logto.faults.clear()
    expect((await jwks(logto)).status).toBe(200)
    expect(logto.faults.skewMs).toBe(0)
  })
})

describe('times of users', () => {
  it('tie', async () => {
    const { faults, state } = await start()
    const user = state.users.create({ username: 'bob' })
    faults.userTimes({ ties: 1 })
    const before = user.updatedAt
    await new Promise((resolve) => setTimeout(resolve, 5))
    state.users.update(user, { name: 'B' })
    expect(user.updatedAt).toBe(before)
  })

  it('go backwards', async () => {
    const { faults, state } = await start()
    const user = state.users.create({ username: 'bob' })
    faults.userTimes({ inversions: 1 })
    const before = user.updatedAt
    state.users.update(user, { name: 'B' })
    expect(user.updatedAt).toBeLessThan(before)
  })

  it('follow a skewed clock', async () => {
    const { faults, state } = await start()
    faults.skewClock(-3_600_000)
    expect(state.users.create({}).createdAt).toBeLessThan(Date.now() - 3_500_000)
  })
})
