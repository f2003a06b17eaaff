import { describe, expect, it } from 'vitest'
import { AuthError, type AuthErrorCode } from '../../src/server/index.js'

const FOR_THE_OPERATOR = 'Expected the audience "https://internal.example.com"'

/** Status and `error` of the challenge (RFC 6750, section 3.1); the compiler asks for every code. */
const ANSWERS: Record<AuthErrorCode, [status: 401 | 403 | 503, error?: string]> = {
  // No credentials, or none of this scheme: no error code, says the RFC.
  token_missing: [401],
  token_type_unsupported: [401],
  token_malformed: [401, 'invalid_token'],
  token_too_large: [401, 'invalid_token'],
  header_unsupported: [401, 'invalid_token'],
  algorithm_not_allowed: [401, 'invalid_token'],
  key_unknown: [401, 'invalid_token'],
  signature_invalid: [401, 'invalid_token'],
  type_mismatch: [401, 'invalid_token'],
  issuer_mismatch: [401, 'invalid_token'],
  audience_mismatch: [401, 'invalid_token'],
  claim_missing: [401, 'invalid_token'],
  claim_invalid: [401, 'invalid_token'],
  token_expired: [401, 'invalid_token'],
  token_not_yet_valid: [401, 'invalid_token'],
  machine_token_not_allowed: [403, 'insufficient_scope'],
  scope_insufficient: [403, 'insufficient_scope'],
  organization_mismatch: [403, 'insufficient_scope'],
  authorized_party_mismatch: [403, 'insufficient_scope'],
  user_suspended: [403],
  user_unknown: [401, 'invalid_token'],
  keys_unavailable: [503],
}

function errorOf(code: string): AuthError {
  return Reflect.construct(AuthError, [code, FOR_THE_OPERATOR])
}

describe.each(Object.entries(ANSWERS))('%s', (code, [status, error]) => {
  it(`is ${status}, by every name that frameworks look for`, () => {
    expect(errorOf(code)).toMatchObject({ name: 'AuthError', code, status, statusCode: status })
    expect(errorOf(code).getResponse().status).toBe(status)
  })

  it('carries the challenge of RFC 6750, or Retry-After', () => {
    const { headers, publicMessage } = errorOf(code)
    if (status === 503) return expect(headers).toEqual({ 'retry-after': '1' })
    // No other token of this user would do: there is nothing to challenge for.
    if (code === 'user_suspended') return expect(headers).toEqual({})
    const challenge = error ? `Bearer error="${error}", error_description="${publicMessage}"` : 'Bearer'
    expect(headers).toEqual({ 'www-authenticate': challenge })
    // RFC 6750, section 3: what a description may be made of.
    expect(publicMessage).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('tells the operator all, the caller no more than the RFC needs', async () => {
    const refusal = errorOf(code)
    const response = refusal.getResponse()
    expect(refusal.message).toBe(FOR_THE_OPERATOR)
    expect(await response.json()).toEqual({ error: { code, message: refusal.publicMessage } })
    for (const [name, value] of Object.entries(refusal.headers)) {
      expect(response.headers.get(name)).toBe(value)
      expect(value).not.toContain('internal.example.com')
    }
    expect(refusal.publicMessage).not.toContain('internal.example.com')
  })
})

it('names when to come back, in whole seconds', () => {
  expect(new AuthError('keys_unavailable', 'x', { retryAfter: 30 }).headers).toEqual({ 'retry-after': '30' })
})

it('keeps the cause out of what the caller gets', () => {
  const error = new AuthError('keys_unavailable', 'x', { cause: new Error('connect ECONNREFUSED 10.0.0.7') })
  expect(error.cause).toBeInstanceOf(Error)
  expect(JSON.stringify([error, error.headers])).not.toContain('10.0.0.7')
})
