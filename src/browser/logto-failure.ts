import type { LogtoClientErrorCode, LogtoErrorCode } from '@logto/browser'
import { isObject } from '../logto/is-object.js'
import { NetworkError, SignInError, type SignInErrorCode } from './errors.js'
import { resourceHint } from './hint.js'

type Failure = SignInErrorCode | 'logto_timeout' | 'logto_unavailable'

/** What the codes and names of errors mean. Names are for errors whose code is unknown or missing: no code is a name. */
const FAILURES = new Map<unknown, Failure>(
  Object.entries({
    // Of `@logto/client` and `@logto/js`.
    not_authenticated: 'signed_out',
    'id_token.invalid_iat': 'clock_wrong',
    'id_token.invalid_token': 'session_ended',
    crypto_subtle_unavailable: 'insecure_context',
    // Of Logto's answers, where they mean something else than other `oidc.*` codes (RFC 6749, 5.2; RFC 6750, 3.1). Logto
    // refuses its own access token after a suspension.
    'oidc.invalid_token': 'session_ended',
    'oidc.server_error': 'logto_unavailable',
    'oidc.temporarily_unavailable': 'logto_unavailable',
    // Of jose.
    ERR_JWT_EXPIRED: 'clock_wrong',
    SecurityError: 'storage_blocked',
    QuotaExceededError: 'storage_blocked',
    TimeoutError: 'logto_timeout',
    // An answer that is not JSON, and one that a browser does not hand over.
    SyntaxError: 'logto_unavailable',
    TypeError: 'logto_unavailable',
  } satisfies Record<SdkCode, Failure> & Record<string, Failure>),
)

/**
 * The SDK's codes. TypeScript demands a row for each, but those of an address that is no callback, which `callback.ts` never
 * hands to the SDK, those of a kind, and those that mean what the names of their errors do.
 */
type SdkCode = Exclude<
  LogtoErrorCode | LogtoClientErrorCode,
  | `callback_uri_verification.${string}`
  | `sign_in_session.${string}`
  | 'unexpected_response_error'
  | 'fetch_user_info_failed'
  | 'missing_scope_organizations'
  | 'user_cancelled'
>

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
  return (
    FAILURES.get(code) ?? failureOfKind(String(code)) ?? FAILURES.get(name) ?? failureOfKind(String(name))
  )
}

/** By how a code or name begins. */
function failureOfKind(code: string): Failure | undefined {
  if (/^oidc\./.test(code)) return 'token_refused'
  if (/^sign_in_session/.test(code)) return 'state_mismatch'
  // jose verifies the ID token. The names of its errors are no help, because minifiers change them. `ERR_JWT_…`, `ERR_JWS_…`,
  // `ERR_JWE_…` and `ERR_JWK_…`: the ID token is not one to be trusted.
  if (/^ERR_JW[TSEK]_/.test(code)) return 'sign_in_refused'
  // `ERR_JWKS_…` and `ERR_JOSE_…`: the key set has no usable key or did not come. `LogtoError`, `LogtoRequestError`, …
  if (/^(ERR_J|Logto)/.test(code)) return 'logto_unavailable'
  return undefined
}
