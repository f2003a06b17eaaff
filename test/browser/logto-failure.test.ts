import { LogtoClientError, LogtoError, LogtoRequestError } from '@logto/browser'
import { expect, it } from 'vitest'
import { NetworkError, SignInError } from '../../src/browser/index.js'
import { explainLogtoFailure, isGrantEnded } from '../../src/browser/logto-failure.js'
import familyRevoked from '../fixtures/recordings/errors/refresh-family-revoked.json'
import notMember from '../fixtures/recordings/errors/refresh-organization-not-member.json'
import missingScope from '../fixtures/recordings/errors/refresh-organization-without-organizations-scope.json'
import suspended from '../fixtures/recordings/errors/refresh-suspended-user.json'
import unknownResource from '../fixtures/recordings/errors/refresh-unknown-resource.json'
import userinfoSuspended from '../fixtures/recordings/errors/userinfo-suspended-user.json'

/** What the SDK makes of a recorded answer. */
const recorded = ({ response: { body } }: { response: { body: { code: string; message: string } } }) =>
  new LogtoRequestError(body.code, body.message)

const jose = (code: string) => Object.assign(new Error(code), { name: 'e', code })

it.each<[string, unknown, string]>([
  ['a resource that Logto does not know', recorded(unknownResource), 'token_refused'],
  ['an organization of others', recorded(notMember), 'token_refused'],
  ['a missing scope', recorded(missingScope), 'token_refused'],
  ['userinfo of a suspended person', recorded(userinfoSuspended), 'session_ended'],
  ['nobody signed in', new LogtoClientError('not_authenticated'), 'signed_out'],
  ['no sign-in begun', new LogtoClientError('sign_in_session.not_found'), 'state_mismatch'],
  ['a broken sign-in session', new LogtoClientError('sign_in_session.invalid'), 'state_mismatch'],
  ['no WebCrypto', new LogtoError('crypto_subtle_unavailable'), 'insecure_context'],
  ['an ID token of the future', new LogtoError('id_token.invalid_iat'), 'clock_wrong'],
  ['an expired ID token', jose('ERR_JWT_EXPIRED'), 'clock_wrong'],
  ['an ID token with another issuer', jose('ERR_JWT_CLAIM_VALIDATION_FAILED'), 'sign_in_refused'],
  ['blocked storage', new DOMException('denied', 'SecurityError'), 'storage_blocked'],
  ['full storage', new DOMException('full', 'QuotaExceededError'), 'storage_blocked'],
])('takes %s for a SignInError', (_, error, code) => {
  const explained = explainLogtoFailure(error)
  expect(explained).toBeInstanceOf(SignInError)
  expect(explained).toMatchObject({ code, cause: error })
})

it.each<[string, unknown, string]>([
  ['a failing Logto', new LogtoRequestError('oidc.server_error', 'Oops'), 'logto_unavailable'],
  ['a busy Logto', new LogtoRequestError('rate_limited', 'later'), 'logto_unavailable'],
  ['an answer that is not Logto’s', new LogtoError('unexpected_response_error', {}), 'logto_unavailable'],
  ['an answer that is not JSON', new SyntaxError('Unexpected token <'), 'logto_unavailable'],
  ['keys that cannot be fetched', new TypeError('Failed to fetch'), 'logto_unavailable'],
  ['keys that take too long', jose('ERR_JWKS_TIMEOUT'), 'logto_unavailable'],
  ['a key set that is not there', jose('ERR_JOSE_GENERIC'), 'logto_unavailable'],
  ['a slow Logto', new DOMException('timeout', 'TimeoutError'), 'logto_timeout'],
])('takes %s for a NetworkError', (_, error, code) => {
  const explained = explainLogtoFailure(error)
  expect(explained).toBeInstanceOf(NetworkError)
  expect(explained).toMatchObject({ code, cause: error })
})

it.each([
  new SignInError('cancelled'),
  new NetworkError('offline'),
  new RangeError('a bug'),
  'text',
  undefined,
])('leaves %s as it is', (error) => {
  expect(explainLogtoFailure(error)).toBe(error)
})

it('knows when the grant has ended, and when not', () => {
  expect([familyRevoked, suspended].map(recorded).map(isGrantEnded)).toEqual([true, true])
  expect([unknownResource, notMember].map(recorded).map(isGrantEnded)).toEqual([false, false])
})
