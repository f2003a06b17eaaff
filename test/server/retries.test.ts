import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClientSettings } from '../../src/server/index.js'
import { backoffMs } from '../../src/server/management-request.js'
import recordedUser from '../fixtures/recordings/mgmt/user-get.json' with { type: 'json' }
import { type Answer, type Fault, machineClient, ScriptedLogto } from './scripted-logto.js'

let logto: ScriptedLogto
let endpoint: string
beforeEach(async () => {
  logto = new ScriptedLogto()
  endpoint = await logto.start()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await logto.stop()
})

const clientWith = (settings: ClientSettings = {}) => machineClient(endpoint, settings)
const USER = recordedUser.response.body

describe('retries', () => {
  it.each<[string, Answer | Fault]>([
    ['a reset connection', 'reset'],
    ['status 500', { status: 500, body: 'x' }],
    ['status 503 with Retry-After', { status: 503, headers: { 'retry-after': '0' } }],
    ['status 429 with a date', { status: 429, headers: { 'retry-after': new Date(0).toUTCString() } }],
  ])('survives %s, of the token and of the API', async (_, fault) => {
    logto.tokenAnswers = [fault, logto.token('t1', 3_600)]
    logto.apiAnswers = [fault, recordedUser.response]
    expect(await clientWith().getUser(USER.id)).toEqual(USER)
    expect(logto.tokenRequests).toHaveLength(2)
    expect(logto.apiRequests).toHaveLength(2)
  })

  it.each<[string, Answer | Fault, object]>([
    ['no answer', 'hang', { code: 'unreachable', status: 503 }],
    ['a reset connection', 'reset', { code: 'unreachable', status: 503 }],
    ['status 500', { status: 500 }, { code: 'server_error', status: 503, logtoStatus: 500 }],
    [
      'status 429',
      { status: 429, headers: { 'retry-after': '0' }, body: { code: 'too.many' } },
      { code: 'rate_limited', retryAfter: 0, logtoCode: 'too.many' },
    ],
  ])('end: %s for ever', async (_, fault, expected) => {
    logto.apiAnswers = [fault]
    const client = clientWith({ management: { timeoutMs: 100, retries: 1 } })
    await expect(client.getUser('abc')).rejects.toMatchObject(expected)
    expect(logto.apiRequests).toHaveLength(2)
  })

  it('do not wait for minutes: the caller is told how long', async () => {
    logto.apiAnswers = [{ status: 429, headers: { 'retry-after': '600' } }]
    await expect(clientWith().getUser('abc')).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfter: 600,
      headers: { 'retry-after': '600' },
    })
    expect(logto.apiRequests).toHaveLength(1)
  })

  it('end at once when the caller aborts', async () => {
    logto.apiAnswers = [{ status: 503, headers: { 'retry-after': '30' } }]
    const controller = new AbortController()
    const user = clientWith().getUser('abc', { signal: controller.signal })
    await vi.waitFor(() => expect(logto.apiRequests).toHaveLength(1))
    controller.abort(new Error('enough'))
    await expect(user).rejects.toThrow('enough')
    await expect(clientWith().getUser('abc', { signal: AbortSignal.abort('no') })).rejects.toBe('no')
  })

  it('are 3 unless told otherwise, and none with 0', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    logto.apiAnswers = [{ status: 503, headers: { 'retry-after': '0' } }]
    await expect(clientWith().getUser('abc')).rejects.toMatchObject({ code: 'server_error' })
    expect(logto.apiRequests).toHaveLength(4)
    await expect(clientWith({ management: { retries: 0 } }).getUser('abc')).rejects.toThrow()
    expect(logto.apiRequests).toHaveLength(5)
  })

  it('are not made for what another attempt would not change', async () => {
    logto.apiAnswers = [{ status: 400, body: { code: 'guard.invalid_input' } }]
    await expect(clientWith().getUser('abc')).rejects.toMatchObject({ code: 'request_refused' })
    expect(logto.apiRequests).toHaveLength(1)
  })

  it.each<[string, Pick<ScriptedLogto, 'tokenAnswers'> | Pick<ScriptedLogto, 'apiAnswers'>]>([
    ['the token', { tokenAnswers: ['hang'] }],
    ['the answer', { apiAnswers: ['hang'] }],
  ])('end at once when the caller aborts while %s is under way', async (_, answers) => {
    Object.assign(logto, answers)
    const controller = new AbortController()
    const user = clientWith().getUser('abc', { signal: controller.signal })
    const asked = 'tokenAnswers' in answers ? logto.tokenRequests : logto.apiRequests
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    controller.abort(new Error('enough'))
    await expect(user).rejects.toThrow('enough')
    expect(asked).toHaveLength(1)
  })

  it.each<[attempt: number, least: number, most: number]>([
    [0, 100, 200],
    [1, 200, 400],
    [2, 400, 800],
  ])('pause longer each time, half of it by chance: retry %i after %i to %i ms', (attempt, least, most) => {
    const random = vi.spyOn(Math, 'random')
    expect(random.mockReturnValue(0) && backoffMs(attempt)).toBe(least)
    expect(random.mockReturnValue(1) && backoffMs(attempt)).toBe(most)
  })
})
