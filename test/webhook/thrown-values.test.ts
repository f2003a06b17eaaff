import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTestLogto } from '../../src/testing/index.js'
import { createWebhookHandler } from '../../src/webhook/index.js'

const MARK = 'hunter2'
const logto = await createTestLogto({ signingKey: 'a-key-of-the-test' })
const unhandled = vi.fn()
beforeEach(() => {
  unhandled.mockReset()
  process.on('unhandledRejection', unhandled)
})
afterEach(() => void process.off('unhandledRejection', unhandled))

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const throwing = (thrown: unknown) => () => {
  throw thrown
}

const VALUES: [string, () => unknown][] = [
  ['a string', () => MARK],
  ['undefined', () => undefined],
  ['a Symbol', () => Symbol(MARK)],
  ['an object whose toString throws', () => ({ toString: throwing(MARK), message: MARK })],
  ['an object with throwing getters', () => Object.defineProperty({}, 'message', { get: throwing(MARK) })],
  ['a revoked Proxy', () => revoked({})],
  ['a revoked Proxy of an Error', () => revoked(new Error(MARK))],
  ['a frozen Error', () => Object.freeze(new Error(MARK))],
  ['a promise that rejects', () => Promise.reject(new Error(MARK))],
  [
    'an error with the answer of another server',
    () => Object.assign(new Error(MARK), { status: 404, headers: { 'set-cookie': MARK } }),
  ],
]

it.each(VALUES)('a handler may throw %s: 500, and a line in the log', async (_, make) => {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const handle = createWebhookHandler({
    signingKey: logto.signingKey,
    logger: { info: write, warn: write, error: write },
    on: { 'User.Created': throwing(make()) },
  })
  const response = await handle(logto.webhook('User.Created').request())
  const text = (await response.text()) + JSON.stringify([...response.headers])
  expect(response.status).toBe(500)
  expect(text).toContain('"internal"')
  expect(text).not.toContain(MARK)
  expect(lines).toEqual([expect.stringMatching(/^interaqt-logto: webhook User\.Created was not handled: /)])
  // A rejection that nobody handles is told after the microtasks of this turn.
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled).not.toHaveBeenCalled()
})

it.each(VALUES)('onDrift may throw %s: the event is handled all the same', async (_, make) => {
  const onError = vi.fn()
  const onAny = vi.fn()
  const handle = createWebhookHandler({
    signingKey: logto.signingKey,
    onError,
    onAny,
    onDrift: throwing(make()),
  })
  // A name is text or null at Logto 1.42.
  const drifted = logto.webhook('User.Created', JSON.parse('{"name":5}'))
  expect((await handle(drifted.request())).status).toBe(200)
  expect(onAny).toHaveBeenCalledOnce()
  expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(Error), expect.anything())
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled).not.toHaveBeenCalled()
})
