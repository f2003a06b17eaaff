import type { LogtoClientErrorCode, LogtoErrorCode } from '@logto/browser'
import { isObject } from '../logto/is-object.js'
import { NetworkError, SignInError, type SignInErrorCode } from './errors.js'
import { resourceHint } from './hint.js'

type Failure = SignInErrorCode | 'logto_timeout' | 'logto_unavailable'

/**
 * Codes of `@logto/client` and `@logto/js`. TypeScript demands a row for each, but those of an address that is no callback,
 * which `callback.ts` never hands to the SDK.
 */
const SDK_CODES = {
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
} satisfies Record<
  Exclude<LogtoErrorCode | LogtoClientErrorCode, `callback_uri_verification.${string}`>,
  Failure
>

/** Codes of Logto's answers whose meaning differs from that of the other `oidc.*` codes (RFC 6749, 5.2; RFC 6750, 3.1). */
const OIDC_CODES = {
  // Logto refuses its own access token after a suspension.
  'oidc.invalid_token': 'session_ended',
  'oidc.server_error': 'logto_unavailable',
  'oidc.temporarily_unavailable': 'logto_unavailable',
} satisfies Record<string, Failure>

/**
 * Codes of jose, which verifies the ID token. Its names are no help, because minifiers change them. Its other codes are
 * about the key set, which has no usable key or did not come.
 */
const JOSE_CODES = {
  ERR_JWT_EXPIRED: 'clock_wrong',
  // The ID token is not one to be trusted.
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'sign_in_refused',
  ERR_JWT_INVALID: 'sign_in_refused',
  ERR_JWS_INVALID: 'sign_in_refused',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'sign_in_refused',
  ERR_JWE_INVALID: 'sign_in_refused',
  ERR_JWE_DECRYPTION_FAILED: 'sign_in_refused',
  ERR_JWK_INVALID: 'sign_in_refused',
} satisfies Record<string, Failure>

/** Names of errors whose code is unknown or missing. */
const NAMES = {
  SecurityError: 'storage_blocked',
  QuotaExceededError: 'storage_blocked',
  TimeoutError: 'logto_timeout',
  // An answer that is not JSON, and one that a browser does not hand over.
  SyntaxError: 'logto_unavailable',
  TypeError: 'logto_unavailable',
  LogtoError: 'logto_unavailable',
  LogtoClientError: 'logto_unavailable',
  LogtoRequestError: 'logto_unavailable',
} satisfies Record<string, Failure>

const BY_CODE = new Map<unknown, Failure>(Object.entries({ ...SDK_CODES, ...OIDC_CODES, ...JOSE_CODES }))
const BY_NAME = new Map<unknown, Failure>(Object.entries(NAMES))

/**
 * Returns the SignInError or NetworkError that an error of the SDK, jose or the browser means; any other error as it is.
 *
 * @param resource - that a token was wanted for.
 */
export function translateLogtoError(error: unknown, resource?: string): unknown {
  const failure = failureOf(error)
  if (!failure) return error
  const isNetworkFailure = failure === 'logto_timeout' || failure === 'logto_unavailable'
  if (isNetworkFailure) return new NetworkError(failure, error)
  const isResourceUnknown = isObject(error) && error.code === 'oidc.invalid_target'
  return new SignInError(failure, error, isResourceUnknown && resource ? resourceHint([resource]) : undefined)
}

/** Whether Logto says that the refresh token or the code is no longer valid (RFC 6749, 5.2). */
export function isGrantEnded(error: unknown): boolean {
  return isObject(error) && error.code === 'oidc.invalid_grant'
}

function failureOf(error: unknown): Failure | undefined {
  if (!isObject(error)) return undefined
  const { code, name } = error
  const known = BY_CODE.get(code)
  if (known) return known
  if (typeof code === 'string') {
    if (code.startsWith('oidc.')) return 'token_refused'
    if (code.startsWith('ERR_J')) return 'logto_unavailable'
  }
  return BY_NAME.get(name)
}
