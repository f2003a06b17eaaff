import { HttpFacingError } from '../logto/http-facing-error.js'

/**
 * Why a request was refused.
 *
 * | code | status | when |
 * |---|---|---|
 * | `token_missing` | 401 | no Authorization header, or an empty token |
 * | `token_type_unsupported` | 401 | another scheme than Bearer |
 * | `token_malformed` | 401 | not a JWT: three segments of strict base64url that hold JSON objects; opaque tokens too |
 * | `token_too_large` | 401 | longer than `maxTokenLength`, refused before any parsing |
 * | `header_unsupported` | 401 | a header with `crit` or `b64`, which Logto never sends |
 * | `algorithm_not_allowed` | 401 | `alg` is not asymmetric, not allowed, or not that of the key |
 * | `key_unknown` | 401 | no usable key of that `kid` in the issuer's key set |
 * | `signature_invalid` | 401 | the signature is not the key's |
 * | `type_mismatch` | 401 | `typ` is not `at+jwt`: an ID token, for one |
 * | `issuer_mismatch` | 401 | issued by another Logto, or the same one under another name |
 * | `audience_mismatch` | 401 | issued for another API resource, or for an organization |
 * | `claim_missing` | 401 | without `exp`, `iat`, `sub`, `iss` or `aud` |
 * | `claim_invalid` | 401 | a claim of the wrong type or out of range |
 * | `token_expired` | 401 | `exp` has passed |
 * | `token_not_yet_valid` | 401 | `iat` or `nbf` in the future |
 * | `machine_token_not_allowed` | 403 | a machine token (`sub === client_id`) where a user is needed |
 * | `scope_insufficient` | 403 | a required scope is missing |
 * | `organization_mismatch` | 403 | not issued for the required organization |
 * | `keys_unavailable` | 503 | the issuer's keys cannot be fetched: says nothing about the token |
 */
export type AuthErrorCode =
  | 'token_missing'
  | 'token_type_unsupported'
  | 'token_malformed'
  | 'token_too_large'
  | 'header_unsupported'
  | 'algorithm_not_allowed'
  | 'key_unknown'
  | 'signature_invalid'
  | 'type_mismatch'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'claim_missing'
  | 'claim_invalid'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'machine_token_not_allowed'
  | 'scope_insufficient'
  | 'organization_mismatch'
  | 'keys_unavailable'

interface Answer {
  status: 401 | 403 | 503
  /** `error` of the challenge; absent where RFC 6750, section 3.1, wants none. */
  error?: 'invalid_token' | 'insufficient_scope'
  /** What the caller may read. */
  description: string
}

const invalidToken = (description: string): Answer => ({ status: 401, error: 'invalid_token', description })
const forbidden = (description: string): Answer => ({ status: 403, error: 'insufficient_scope', description })

const ANSWERS: Record<AuthErrorCode, Answer> = {
  token_missing: { status: 401, description: 'An access token is required' },
  token_type_unsupported: { status: 401, description: 'A bearer token is required' },
  token_malformed: invalidToken('The access token is malformed'),
  token_too_large: invalidToken('The access token is too large'),
  header_unsupported: invalidToken('The access token is malformed'),
  algorithm_not_allowed: invalidToken('The access token is invalid'),
  key_unknown: invalidToken('The access token is invalid'),
  signature_invalid: invalidToken('The access token is invalid'),
  type_mismatch: invalidToken('The token is not an access token'),
  issuer_mismatch: invalidToken('The access token is for another service'),
  audience_mismatch: invalidToken('The access token is for another service'),
  claim_missing: invalidToken('The access token is invalid'),
  claim_invalid: invalidToken('The access token is invalid'),
  token_expired: invalidToken('The access token expired'),
  token_not_yet_valid: invalidToken('The access token is not valid yet'),
  machine_token_not_allowed: forbidden('A token of a user is required'),
  scope_insufficient: forbidden('The access token lacks a required scope'),
  organization_mismatch: forbidden('The access token is for another organization'),
  keys_unavailable: { status: 503, description: 'Access tokens cannot be verified at the moment' },
}

/** What an AuthError may carry beside its code and message. */
export interface AuthErrorOptions {
  cause?: unknown
  /** Scopes that would have been enough, for the challenge of `scope_insufficient` (RFC 6750, section 3). */
  requiredScopes?: readonly string[]
  /** Seconds after which `keys_unavailable` may be gone. */
  retryAfter?: number
}

/**
 * A request that is refused, or (`keys_unavailable`) whose token cannot be verified now.
 *
 * `message` is for the operator: it names what was expected and what came, never a token, key or secret. What the
 * caller may know is in `publicMessage`, `headers`, `toJSON()` and `getResponse()`. Fastify's own error handler puts
 * `message` into the body; send `error.toJSON()` from `setErrorHandler` to keep it back.
 */
export class AuthError extends HttpFacingError {
  override readonly name = 'AuthError'
  declare readonly code: AuthErrorCode
  declare readonly status: 401 | 403 | 503

  constructor(code: AuthErrorCode, message: string, options: AuthErrorOptions = {}) {
    const answer = ANSWERS[code]
    const { status, description: publicMessage } = answer
    super(message, { code, status, publicMessage, headers: headersOf(answer, options) }, options)
  }
}

function headersOf(
  { status, error, description }: Answer,
  { requiredScopes, retryAfter }: AuthErrorOptions,
): Record<string, string> {
  if (retryAfter !== undefined && status === 503) return { 'retry-after': String(retryAfter) }
  if (!error) return {}
  const scope = requiredScopes?.length ? `, scope="${requiredScopes.join(' ')}"` : ''
  return { 'www-authenticate': `Bearer error="${error}", error_description="${description}"${scope}` }
}

/** Quotes a value from outside for a message, so that it cannot break a log's lines, and cuts it, so that it cannot flood it. */
export function quoted(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > 200 ? `${json.slice(0, 200)}…` : json
}
