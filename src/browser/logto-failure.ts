import type { LogtoClientErrorCode, LogtoErrorCode } from '@logto/browser'
import { isObject } from '../logto/is-object.js'
import { NetworkError, SignInError, type SignInErrorCode } from './errors.js'
import { resourceHint } from './hint.js'

type Failure = SignInErrorCode | 'logto_timeout' | 'logto_unavailable'

/**
 * Codes of `@logto/client` and `@logto/js`. TypeScript demands a row for each, but those of an address that is no callback,
 * which `callback.ts` never hands to the SDK, and those that mean what the names of their errors do.
 */
const SDK_CODES = {
  not_authenticated: 'signed_out',
  'sign_in_session.invalid': 'state_mismatch',
  'sign_in_session.not_found': 'state_mismatch',
  'id_token.invalid_iat': 'clock_wrong',
  'id_token.invalid_token': 'session_ended',
  crypto_subtle_unavailable: 'insecure_context',
} satisfies Record<
  Exclude<LogtoErrorCode | LogtoClientErrorCode, `callback_uri_verification.${string}` | CodeByName>,
  Failure
>

type CodeByName =
  | 'unexpected_response_error'
  | 'fetch_user_info_failed'
  | 'missing_scope_organizations'
  | 'user_cancelled'

/** Codes of Logto's answers whose meaning differs from that of the other `oidc.*` codes (RFC 6749, 5.2; RFC 6750, 3.1). */
const OIDC_CODES = {
  // Logto refuses its own access token after a suspension.
  'oidc.invalid_token': 'session_ended',
  'oidc.server_error': 'logto_unavailable',
  'oidc.temporarily_unavailable': 'logto_unavailable',
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

/** By code or name: no code is a name. */
const FAILURES = new Map<unknown, Failure>(
  Object.entries({ ...SDK_CODES, ...OIDC_CODES, ...NAMES, ERR_JWT_EXPIRED: 'clock_wrong' }),
)

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
  return FAILURES.get(code) ?? failureOfKind(String(code)) ?? FAILURES.get(name)
}

function failureOfKind(code: string): Failure | undefined {
  if (code.startsWith('oidc.')) return 'token_refused'
  // jose verifies the ID token. The names of its errors are no help, because minifiers change them. `ERR_JWT_…`, `ERR_JWS_…`,
  // `ERR_JWE_…` and `ERR_JWK_…`: the ID token is not one to be trusted.
  if (/^ERR_JW[TSEK]_/.test(code)) return 'sign_in_refused'
  // `ERR_JWKS_…` and `ERR_JOSE_…`: the key set has no usable key or did not come.
  if (code.startsWith('ERR_J')) return 'logto_unavailable'
  return undefined
}
