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
 * | `authorized_party_mismatch` | 403 | issued to an application that `authorizedParties` does not name. Not 401: a new token of the same application would be refused as well, and who renews at 401 would renew in vain |
 * | `user_suspended` | 403 | the user is suspended in Logto; with `users` alone |
 * | `user_unknown` | 401 | Logto has no such user any more; with `users` alone |
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
  | 'authorized_party_mismatch'
  | 'user_suspended'
  | 'user_unknown'
  | 'keys_unavailable'

interface Answer {
  status: 401 | 403 | 503
  /** `error` of the challenge; absent where RFC 6750, section 3.1, wants none. */
  error?: 'invalid_token' | 'insufficient_scope'
  /** What the caller may read. */
  description: string
  /** What the operator can do: docs/errors.md in short. */
  remedy: string
}

const noToken = (description: string, remedy: string): Answer => ({ status: 401, description, remedy })
const invalidToken = (description: string, remedy: string): Answer => ({
  status: 401,
  error: 'invalid_token',
  description,
  remedy,
})
const forbidden = (description: string, remedy: string): Answer => ({
  status: 403,
  error: 'insufficient_scope',
  description,
  remedy,
})

const NOT_OF_LOGTO = 'find out who made the token: it is none of Logto'

const ANSWERS: Record<AuthErrorCode, Answer> = {
  token_missing: noToken(
    'An access token is required',
    "sign in; the browser Client's post attaches the token",
  ),
  token_type_unsupported: noToken('A bearer token is required', 'send Authorization: Bearer <access token>'),
  token_malformed: invalidToken(
    'The access token is malformed',
    'name the API resource at sign-in (resource of the browser Client) and register it in Logto',
  ),
  token_too_large: invalidToken(
    'The access token is too large',
    'look for custom claims that hold data, or raise maxTokenLength',
  ),
  header_unsupported: invalidToken('The access token is malformed', NOT_OF_LOGTO),
  algorithm_not_allowed: invalidToken(
    'The access token is invalid',
    'leave algorithms unset, or add what your Logto signs with',
  ),
  key_unknown: invalidToken(
    'The access token is invalid',
    'refresh the token; if it stays, check logtoEndpoint and issuer',
  ),
  signature_invalid: invalidToken('The access token is invalid', 'nothing: the token was altered'),
  type_mismatch: invalidToken('The token is not an access token', 'send the access token, not the ID token'),
  issuer_mismatch: invalidToken(
    'The access token is for another service',
    'set issuer of the server Client to what the token says, if that is your Logto',
  ),
  audience_mismatch: invalidToken(
    'The access token is for another service',
    'make the indicator in Logto, resource in the browser and resource here equal, byte for byte',
  ),
  claim_missing: invalidToken('The access token is invalid', NOT_OF_LOGTO),
  claim_invalid: invalidToken('The access token is invalid', NOT_OF_LOGTO),
  token_expired: invalidToken('The access token expired', 'refresh the token; the browser Client does'),
  token_not_yet_valid: invalidToken(
    'The access token is not valid yet',
    "set this machine's clock and Logto's; clockToleranceSeconds bridges seconds",
  ),
  machine_token_not_allowed: forbidden(
    'A token of a user is required',
    'call as a person, or pass allowMachine and check client_id or scopes',
  ),
  scope_insufficient: forbidden(
    'The access token lacks a required scope',
    'give the user a role that grants it, ask for it at sign-in (scopes), and let the person sign in again',
  ),
  organization_mismatch: forbidden(
    'The access token is for another organization',
    'ask for the token with organizationId',
  ),
  authorized_party_mismatch: forbidden(
    'The access token was issued to another application',
    'add the application to authorizedParties, if its users may call this API',
  ),
  // No `insufficient_scope`: no other token of this user would do (RFC 6750, section 3.1).
  user_suspended: {
    status: 403,
    description: 'This user is suspended',
    remedy: 'lift the suspension in Logto',
  },
  user_unknown: invalidToken('This user is not known here', 'nothing: the token outlives its user'),
  keys_unavailable: {
    status: 503,
    description: 'Access tokens cannot be verified at the moment',
    remedy: 'check that this server reaches logtoEndpoint: npx interaqt-logto doctor',
  },
}

/** What an AuthError may carry beside its code and message. */
export interface AuthErrorOptions {
  cause?: unknown
  /** What the operator can do, where that is known better than by the code alone. It ends `message`. */
  remedy?: string
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
    const { remedy = answer.remedy } = options
    super(
      options.remedy === undefined ? message : `${message}: ${remedy}`,
      { code, status, publicMessage, headers: headersOf(answer, options), remedy },
      options,
    )
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

/**
 * Quotes a value from outside for a message, so that it cannot break a log's lines, and cuts it, so that it cannot flood
 * it. What is nested deeper than one level is left out: JSON.stringify would overflow the stack.
 */
export function quoted(value: unknown): string {
  const json =
    JSON.stringify(value, (_, member: unknown) => (member === value || !isNested(member) ? member : '…')) ??
    'nothing'
  return json.length > 200 ? `${json.slice(0, 200)}…` : json
}

function isNested(member: unknown): boolean {
  return typeof member === 'object' && member !== null
}
