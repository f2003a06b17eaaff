import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestLogto, type TestLogto } from '../../src/testing/index.js'
import { recordedWebhook, recording } from '../contract/recordings.js'
import { startWebhookReceiver, type WebhookReceiver } from '../contract/webhook-receiver.js'

let receiver: WebhookReceiver
let logto: TestLogto

beforeEach(async () => {
  receiver = await startWebhookReceiver()
  logto = await createTestLogto({ hooks: [{ url: receiver.url, events: ['User.Data.Updated'] }] })
})
afterEach(() => {
  vi.restoreAllMocks()
  return receiver.close()
})

const trigger = (event: string, payload: Record<string, unknown> = {}): void =>
  logto.state.deliveries.trigger(event, { event, ...payload })

describe('deliveries', () => {
  it('are logged as successes with the listener’s answer', async () => {
    trigger('User.Data.Updated')
    await logto.state.deliveries.settled()
    expect(logto.state.deliveries.log[0]?.payload).toMatchObject({
      key: 'TriggerHook.User.Data.Updated',
      result: 'Success',
      response: { statusCode: 200, body: { seen: true } },
    })
  })

  it('go only to hooks that asked for the event', async () => {
    trigger('User.Created')
    await logto.state.deliveries.settled()
    expect(receiver.received).toEqual([])
  })

  it('are given up after ten seconds, once, and logged with their body', async () => {
    const { body } = recording<{ body: string }>('webhooks/0082-retry-slow12s-User.Data.Updated.json')
    const { event } = recordedWebhook('webhooks/0082-retry-slow12s-User.Data.Updated.json')
    const timer = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timer.signal)
    receiver.answer('retry-slow12s', { when: new Promise(() => {}) })
    trigger('User.Data.Updated', event)
    await receiver.wait(() => true, 'the slow delivery')
    timer.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    await logto.state.deliveries.settled()
    const [row] = logto.state.deliveries.log
    expect(row?.payload).toMatchObject({ result: 'Error', error: expect.stringContaining('TimeoutError') })
    expect(JSON.parse(body)).toMatchObject({ data: row?.payload.hookRequest.body.data })
    expect(receiver.received.length).toBe(1)
    expect(timeout.mock.calls).toEqual([[10_000]])
  })

  it('carry the signature of their hook’s key', async () => {
    const { event } = recordedWebhook('webhooks/0007-user-patch-name-User.Data.Updated.json')
    trigger('User.Data.Updated', { ...event, userAgent: 'ü €' })
    await logto.state.deliveries.settled()
    const [delivery] = receiver.received
    expect(delivery && receiver.isSigned(delivery, logto.signingKey)).toBe(true)
    expect(delivery && receiver.isSigned(delivery, 'another-key')).toBe(false)
  })
})
