import { HTTPException } from 'hono/http-exception'
import { InteractionGuardError, RetryableWriteConflict, TransactionRetryExhaustedError } from 'interaqt'
import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../src/http/error-response.js'
import { HttpError } from '../../src/http/http-error.js'
import { SyncError } from '../../src/interaqt/errors.js'
import { ManagementError } from '../../src/server/management-error.js'
import { WebhookError } from '../../src/webhook/index.js'

const answerTo = async (error: unknown) => {
  const refusal = refusalOf(error)
  const response = refusal.getResponse()
  expect(response.status).toBe(refusal.status)
  const { isFault } = refusal
  return { status: response.status, headers: response.headers, body: await response.json(), isFault }
}

const summary = async (error: unknown) => {
  const { status, body, isFault } = await answerTo(error)
  return [status, body.error.code, isFault]
}

const exposed = (fields: object) => Object.assign(new Error('taken'), { expose: true, ...fields })

describe('refusalOf', () => {
  it.each([
    ['an Error', new Error('secret')],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'secret'],
    ['an object that names a status', { status: 404, message: 'secret' }],
    [
      "an HTTP client's error",
      Object.assign(new Error('secret'), { status: 403, headers: { 'x-secret': 'secret' } }),
    ],
    [
      'an error that says not to expose it',
      Object.assign(new Error('secret'), { expose: false, status: 404 }),
    ],
    ['an exposed object that is no Error', { expose: true, status: 404, message: 'secret' }],
    ['an exposed status of 500', Object.assign(new Error('secret'), { expose: true, status: 500 })],
    [
      'an exposed status that is no integer',
      Object.assign(new Error('secret'), { expose: true, status: 401.5 }),
    ],
    ['an exposed status out of range', Object.assign(new Error('secret'), { expose: true, status: 200 })],
    ['an HTTPException with a status of 502', new HTTPException(502, { message: 'secret' })],
    ["Logto's refusal of our own secret", new ManagementError('client_secret_invalid', 'secret')],
    ["the sync's failure of its own", new SyncError('columns_invalid', 'secret')],
  ])('tells nothing of %s', async (_, error) => {
    const { status, body, headers, isFault } = await answerTo(error)
    expect([status, body.error.code, isFault]).toEqual([500, 'internal_error', true])
    expect(JSON.stringify([body, [...headers]])).not.toContain('secret')
  })

  it("answers this package's errors, Hono's, and those that are exposed", async () => {
    expect(await summary(new WebhookError('body_too_large', 'x'))).toEqual([413, 'body_too_large', false])
    expect(await summary(new HttpError(409, 'taken', 'x'))).toEqual([409, 'taken', false])
    expect(await summary(new HTTPException(404, { message: 'x' }))).toEqual([404, 'not_found', false])
    expect(await summary(exposed({ statusCode: 409 }))).toEqual([409, 'conflict', false])
    expect(await summary(exposed({ status: 418, code: 'teapot' }))).toEqual([418, 'teapot', false])
  })

  it('answers with the response that an HTTPException brings', async () => {
    const res = Response.json({ error: { code: 'mine', message: 'x' } }, { status: 402 })
    expect(await summary(new HTTPException(402, { res }))).toEqual([402, 'mine', false])
  })

  it('passes the message and the headers of an exposed error on', async () => {
    const { body, headers } = await answerTo(exposed({ status: 405, headers: { Allow: 'POST', nested: {} } }))
    expect(body.error.message).toBe('taken')
    expect([headers.get('allow'), headers.has('nested')]).toEqual(['POST', false])
  })

  it('keeps the challenge of a 401 and adds one where it has none', async () => {
    const challenge = 'Bearer error="x"'
    const challenged = await answerTo(
      new HttpError(401, 'x', 'x', { headers: { 'WWW-Authenticate': challenge } }),
    )
    expect(challenged.headers.get('www-authenticate')).toBe(challenge)
    expect((await answerTo(exposed({ status: 401 }))).headers.get('www-authenticate')).toBe('Bearer')
  })

  it('says when to come again', async () => {
    expect((await answerTo(exposed({ status: 503 }))).headers.get('retry-after')).toBe('1')
    const busy = new ManagementError('rate_limited', 'http://logto.internal is busy', { retryAfter: 7 })
    const { status, headers, body } = await answerTo(busy)
    expect([status, headers.get('retry-after'), body.error.code]).toEqual([503, '7', 'logto_unavailable'])
    expect(body.error.message).not.toContain('internal')
  })

  it('asks to try again after a lost race, wherever in the chain it is', async () => {
    const serialization = Object.assign(new Error('could not serialize'), { code: '40001' })
    const aborted = Object.assign(new Error('current transaction is aborted'), { code: '25P02' })
    for (const error of [
      new TransactionRetryExhaustedError('greet', 5, 'READ COMMITTED', serialization),
      new RetryableWriteConflict('lost'),
      serialization,
      new Error('outer', { cause: new Error('inner', { cause: aborted }) }),
    ]) {
      expect(await summary(error)).toEqual([503, 'retry_later', true])
    }
  })

  it('does not take the code of a condition that threw for one that it spoke', async () => {
    const guard = new InteractionGuardError('Condition check failed: mayGreet', {
      type: 'condition check failed',
      checkType: 'condition',
      code: 'ECONNREFUSED',
      conditionName: 'mayGreet',
      error: { error: "Condition 'mayGreet' threw exception: connect ECONNREFUSED 10.0.0.1" },
      details: { cause: new Error('connect ECONNREFUSED 10.0.0.1') },
    })
    const { body } = await answerTo(guard)
    expect(await summary(guard)).toEqual([403, 'condition_failed', true])
    expect(body.error.message).toBe('The condition "mayGreet" does not hold.')
  })

  it('survives an error whose causes run in a circle', async () => {
    const error = new Error('a')
    error.cause = error
    expect(await summary(error)).toEqual([500, 'internal_error', true])
  })
})
