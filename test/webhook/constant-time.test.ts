import { timingSafeEqual } from 'node:crypto'
import { beforeEach, expect, it, vi } from 'vitest'
import { signWebhook, verifyWebhook } from '../../src/webhook/index.js'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) }
})

const BODY = JSON.stringify({ event: 'User.Created', hookId: 'h', createdAt: '2026-01-01T00:00:00.000Z' })
const KEYS = ['first-key', 'second-key', 'third-key']

beforeEach(() => {
  vi.mocked(timingSafeEqual).mockClear()
})

// No test can measure the time, so this one looks at how it is made constant.
it.each(KEYS)('a signature is compared in constant time with every key, also when %s fits', (key) => {
  verifyWebhook(BODY, signWebhook(BODY, key), KEYS)
  expect(vi.mocked(timingSafeEqual).mock.calls.map(([, given]) => String(given))).toEqual(
    KEYS.map(() => signWebhook(BODY, key)),
  )
})

it('a signature that fits none is compared in constant time with every key', () => {
  expect(() => verifyWebhook(BODY, '0'.repeat(64), KEYS)).toThrow(/does not fit/)
  expect(timingSafeEqual).toHaveBeenCalledTimes(KEYS.length)
})
