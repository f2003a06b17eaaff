import { type LogtoClientErrorCode, LogtoError, type LogtoErrorCode, LogtoRequestError } from '@logto/browser'
import { errors as joseErrors } from 'jose'
import { describe, expect, it } from 'vitest'
import { NetworkError, SignInError } from '../../src/browser/index.js'
import { isGrantEnded, translateLogtoError } from '../../src/browser/logto-failure.js'
import familyRevoked from '../fixtures/recordings/errors/refresh-family-revoked.json'
import notMember from '../fixtures/recordings/errors/refresh-organization-not-member.json'
import missingScope from '../fixtures/recordings/errors/refresh-organization-without-organizations-scope.json'
import suspended from '../fixtures/recordings/errors/refresh-suspended-user.json'
import unknownResource from '../fixtures/recordings/errors/refresh-unknown-resource.json'
import userinfoSuspended from '../fixtures/recordings/errors/userinfo-suspended-user.json'

/** What the SDK makes of a recorded answer. */
const recorded = ({ response: { body } }: { response: { body: { code: string; message: string } } }) =>
  new LogtoRequestError(body.code, body.message)

/** Each code of the SDK that can come; TypeScript demands a row for each. */
const SDK_CODES: Record<
  Exclude<LogtoErrorCode | LogtoClientErrorCode, `callback_uri_verification.${string}`>,
  string
> = {
  not_authenticated: 'signed_out',
  'sign_in_session.invalid': 'state_mismatch',
  'sign_in_session.not_found': 'state_mismatch',
  'id_token.invalid_iat': 'clock_wrong',
  'id_token.invalid_token': 'session_ended',
  crypto_subtle_unavailable: 'insecure_context',
  unexpected_response_error: 'logto_unavailable',
  fetch_user_info_failed: 'logto_unavailable',
  missing_scope_organizations: 'logto_unavailable',
  user_cancelled: 'logto_unavailable',
}

const JOSE_CODES: Record<string, string> = {
  ERR_JWT_EXPIRED: 'clock_wrong',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'sign_in_refused',
  ERR_JWT_INVALID: 'sign_in_refused',
  ERR_JWS_INVALID: 'sign_in_refused',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'sign_in_refused',
  ERR_JWE_INVALID: 'sign_in_refused',
  ERR_JWE_DECRYPTION_FAILED: 'sign_in_refused',
  ERR_JWK_INVALID: 'sign_in_refused',
  ERR_JWKS_INVALID: 'logto_unavailable',
  ERR_JWKS_NO_MATCHING_KEY: 'logto_unavailable',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'logto_unavailable',
  ERR_JWKS_TIMEOUT: 'logto_unavailable',
  ERR_JOSE_GENERIC: 'logto_unavailable',
  ERR_JOSE_ALG_NOT_ALLOWED: 'logto_unavailable',
  ERR_JOSE_NOT_SUPPORTED: 'logto_unavailable',
}

/** An error with a code and a name that a minifier has changed. */
const minified = (code: string) => Object.assign(new Error(code), { name: 'e', code })

const becomes = (error: unknown, code: string) => {
  const failure = translateLogtoError(error)
  expect(failure).toBeInstanceOf(code.startsWith('logto_') ? NetworkError : SignInError)
  expect(failure).toMatchObject({ code, cause: error })
}

describe('translateLogtoError', () => {
  it.each(Object.entries(SDK_CODES))('makes %s of the SDK %s', (code, expected) => {
    // The SDK gives its errors their names as strings, which no minifier changes.
    becomes(Object.assign(minified(code), { name: 'LogtoClientError' }), expected)
  })

  it.each(Object.entries(JOSE_CODES))('makes %s of jose %s', (code, expected) => {
    becomes(minified(code), expected)
  })

  it('knows every code of jose', () => {
    const codes = Object.values(joseErrors).map(({ code }) => code)
    expect(Object.keys(JOSE_CODES).sort()).toEqual(codes.sort())
  })

  it.each<[string, unknown, string]>([
    ['a resource that Logto does not know', recorded(unknownResource), 'token_refused'],
    ['an organization of others', recorded(notMember), 'token_refused'],
    ['a missing scope', recorded(missingScope), 'token_refused'],
    ['userinfo of a suspended person', recorded(userinfoSuspended), 'session_ended'],
    ['a failing Logto', new LogtoRequestError('oidc.server_error', 'Oops'), 'logto_unavailable'],
    ['a Logto on its way', new LogtoRequestError('oidc.temporarily_unavailable', ''), 'logto_unavailable'],
    ['a busy Logto', new LogtoRequestError('rate_limited', 'later'), 'logto_unavailable'],
    ['a proxy without a Logto', new LogtoRequestError('http_error_502', ''), 'logto_unavailable'],
    ['an answer that is not Logto’s', new LogtoError('unexpected_response_error', {}), 'logto_unavailable'],
    ['a code of a later SDK', { name: 'LogtoClientError', code: 'new' }, 'logto_unavailable'],
    ['another code of a later SDK', { name: 'LogtoError', code: 'new' }, 'logto_unavailable'],
  ])('translates %s', (_, error, code) => becomes(error, code))

  it.each<[string, unknown, string]>([
    ['blocked storage', new DOMException('denied', 'SecurityError'), 'storage_blocked'],
    ['full storage', new DOMException('full', 'QuotaExceededError'), 'storage_blocked'],
    ['a slow Logto', new DOMException('timeout', 'TimeoutError'), 'logto_timeout'],
    ['an answer that is not JSON', new SyntaxError('Unexpected token <'), 'logto_unavailable'],
    ['keys that cannot be fetched', new TypeError('Failed to fetch'), 'logto_unavailable'],
  ])('translates what a browser says of %s', (_, error, code) => becomes(error, code))

  it.each([
    new SignInError('cancelled'),
    new NetworkError('offline'),
    new RangeError('a bug'),
    { name: 'constructor', code: 'toString' },
    'text',
    null,
    undefined,
  ])('returns %s as it is', (error) => {
    expect(translateLogtoError(error)).toBe(error)
  })
})

it('knows when the grant has ended, and when not', () => {
  expect([familyRevoked, suspended].map(recorded).map(isGrantEnded)).toEqual([true, true])
  expect([unknownResource, notMember].map(recorded).map(isGrantEnded)).toEqual([false, false])
})
