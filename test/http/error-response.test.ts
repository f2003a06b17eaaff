import { InteractionGuardError, RetryableWriteConflict, TransactionRetryExhaustedError } from 'interaqt'
import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../src/http/error-response.js'
import { HttpError } from '../../src/http/http-error.js'
import { ManagementError } from '../../src/server/management-error.js'
import { WebhookError } from '../../src/webhook/index.js'

const summary = (error: unknown) => {
  const { status, body, isFault } = refusalOf(error)
  return [status, body.error.code, isFault]
}

describe('refusalOf', () => {
  it.each([
    ['an Error', new Error('secret')],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'secret'],
    ['a status out of range', { status: 200, message: 'secret' }],
    ['a status that is no integer', { status: 401.5, message: 'secret' }],
    ['a status of 500', Object.assign(new Error('secret'), { statusCode: 500 })],
    [
      "another service's answer",
      Object.assign(new Error('secret'), { status: 403, response: { status: 403 } }),
    ],
    ["Logto's refusal of our own secret", new ManagementError('client_secret_invalid', 'secret')],
  ])('tells nothing of %s', (_, error) => {
    const { status, body, headers, isFault } = refusalOf(error)
    expect([status, body.error.code, isFault, headers]).toEqual([500, 'internal_error', true, {}])
    expect(JSON.stringify(body)).not.toContain('secret')
  })

  it('maps errors of the other entries by their shape', () => {
    expect(summary(new WebhookError('body_too_large', 'x'))).toEqual([413, 'body_too_large', false])
    expect(summary(new HttpError(409, 'taken', 'x'))).toEqual([409, 'taken', false])
    expect(summary({ statusCode: 401, message: 'Unauthorized' })).toEqual([401, 'unauthenticated', false])
    expect(summary({ status: 404 })).toEqual([404, 'not_found', false])
  })

  it('keeps the challenge of an AuthError and adds one where a 401 has none', () => {
    const challenged = refusalOf(
      Object.assign(new Error('expired'), {
        status: 401,
        headers: { 'www-authenticate': 'Bearer error="x"' },
      }),
    )
    expect(challenged.headers).toEqual({ 'www-authenticate': 'Bearer error="x"' })
    expect(refusalOf({ status: 401 }).headers).toEqual({ 'WWW-Authenticate': 'Bearer' })
  })

  it('says when to come again', () => {
    expect(refusalOf({ status: 503 }).headers).toEqual({ 'Retry-After': '1' })
    const busy = new ManagementError('rate_limited', 'http://logto.internal is busy', { retryAfter: 7 })
    expect(refusalOf(busy)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '7' },
      body: { error: { code: 'logto_unavailable', message: expect.not.stringContaining('internal') } },
    })
  })

  it('asks to try again after a lost race, wherever in the chain it is', () => {
    const serialization = Object.assign(new Error('could not serialize'), { code: '40001' })
    const aborted = Object.assign(new Error('current transaction is aborted'), { code: '25P02' })
    for (const error of [
      new TransactionRetryExhaustedError('greet', 5, 'READ COMMITTED', serialization),
      new RetryableWriteConflict('lost'),
      serialization,
      new Error('outer', { cause: new Error('inner', { cause: aborted }) }),
    ]) {
      expect(summary(error)).toEqual([503, 'retry_later', true])
    }
  })

  it('does not take the code of a condition that threw for one that it spoke', () => {
    const guard = new InteractionGuardError('Condition check failed: mayGreet', {
      type: 'condition check failed',
      checkType: 'condition',
      code: 'ECONNREFUSED',
      conditionName: 'mayGreet',
      error: { error: "Condition 'mayGreet' threw exception: connect ECONNREFUSED 10.0.0.1" },
      details: { cause: new Error('connect ECONNREFUSED 10.0.0.1') },
    })
    const { body } = refusalOf(guard)
    expect(summary(guard)).toEqual([403, 'condition_failed', true])
    expect(body.error.message).toBe('The condition "mayGreet" does not hold.')
  })

  it('survives an error whose causes run in a circle', () => {
    const error = new Error('a')
    error.cause = error
    expect(summary(error)).toEqual([500, 'internal_error', true])
  })
})
