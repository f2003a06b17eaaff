import type { JWTPayload } from 'jose'
import { JWSSignatureVerificationFailed, JWTClaimValidationFailed, JWTExpired } from 'jose/errors'
import { RepeatedCause } from '../logto/repeated-cause.js'
import { AuthError, type AuthErrorCode, quoted } from './auth-error.js'
import type { UnverifiedToken } from './token-format.js'

/**
 * Claims of a verified access token as Logto issues it (recordings/tokens). Times are seconds since the epoch.
 * The object is frozen, because many requests may share it.
 */
export interface AccessTokenClaims {
  /** Logto user id; for a machine token the id of its application. */
  readonly sub: string
  readonly iss: string
  /** The API resource; of an organization token `urn:logto:organization:<id>`. */
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  /** The application that the token was issued to. Equal to `sub` in a machine token. */
  readonly client_id?: string
  /** Scopes, separated by spaces; `""` when none was granted. */
  readonly scope?: string
  /** In the resource token of an organization. */
  readonly organization_id?: string
  readonly jti?: string
  readonly [claim: string]: unknown
}

const ORGANIZATION_AUDIENCE = 'urn:logto:organization:'

/** Returns the scopes of a token as a list. */
export function scopesOf(claims: AccessTokenClaims): string[] {
  return claims.scope?.split(' ').filter(Boolean) ?? []
}

/** Whether a token is of Logto's client credentials flow: it speaks for an application, not for a user. */
export function isMachineToken(claims: AccessTokenClaims): boolean {
  return claims.sub === claims.client_id
}

/** Returns the organization of a token: the claim of a resource token, the audience of an organization token. */
export function organizationOf(claims: AccessTokenClaims): string | undefined {
  if (claims.organization_id !== undefined) return claims.organization_id
  return isOrganizationAudience(claims.aud) ? claims.aud.slice(ORGANIZATION_AUDIENCE.length) : undefined
}

/** Whether an audience is an organization and so bound to no API (recordings/tokens/E-organization-token.json). */
export function isOrganizationAudience(audience: unknown): audience is string {
  return (
    typeof audience === 'string' &&
    audience.startsWith(ORGANIZATION_AUDIENCE) &&
    audience.length > ORGANIZATION_AUDIENCE.length
  )
}

/** The largest time that a JavaScript date can hold, in seconds: a larger `exp` would mean "never". */
const MAX_TIME = 8.64e12

/**
 * Checks what jose leaves open: types of the claims that are read later, times out of range, `iat` in the future, and
 * `exp` to the second. The tolerance is for a Logto whose clock is ahead. It never lengthens a token's life.
 *
 * @throws AuthError `claim_invalid`, `token_expired`, `token_not_yet_valid`.
 */
export function checkedClaims(payload: JWTPayload, clockToleranceSeconds: number): AccessTokenClaims {
  if (!isAccessTokenClaims(payload)) {
    throw new AuthError(
      'claim_invalid',
      'A claim has the wrong type: "sub", "client_id", "scope", "organization_id" and "jti" are strings, "sub" is not ' +
        `empty, "exp" and "iat" are times below ${MAX_TIME}`,
    )
  }
  const now = Date.now() / 1_000
  if (payload.exp <= now) throw expired(payload.exp)
  if (payload.iat > now + clockToleranceSeconds) throw notYetValid('iat', payload.iat, clockToleranceSeconds)
  return payload
}

function isAccessTokenClaims(payload: JWTPayload): payload is JWTPayload & AccessTokenClaims {
  const { sub, exp, iat } = payload
  const optional = [payload.client_id, payload.scope, payload.organization_id, payload.jti]
  return (
    typeof sub === 'string' &&
    sub !== '' &&
    isTime(exp) &&
    isTime(iat) &&
    optional.every((value) => value === undefined || typeof value === 'string')
  )
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_TIME
}

/** Freezes claims and all that they hold, because every request with the token shares them. */
export function deepFreeze<T>(value: T): T {
  // Not by recursion: the caller decides how deep the claims are nested.
  const found: unknown[] = [value]
  for (const one of found) {
    if (typeof one !== 'object' || one === null) continue
    Object.freeze(one)
    for (const member of Object.values(one)) found.push(member)
  }
  return value
}

const CODES_OF_FAILED_CLAIMS: Readonly<Record<string, AuthErrorCode>> = {
  typ: 'type_mismatch',
  iss: 'issuer_mismatch',
  aud: 'audience_mismatch',
  nbf: 'token_not_yet_valid',
}

/** Returns jose's refusal of a token as an AuthError that says what was expected, what came and what to do. */
export function asAuthError(
  error: unknown,
  { kid, claims }: UnverifiedToken,
  { audiences, clockToleranceSeconds }: { audiences: readonly string[]; clockToleranceSeconds: number },
): AuthError {
  const refuse = (code: AuthErrorCode, message: string, cause = error) =>
    new AuthError(code, message, { cause })
  if (error instanceof JWSSignatureVerificationFailed) {
    return refuse('signature_invalid', `The signature is not that of the issuer's key ${quoted(kid)}`)
  }
  // jose's claim errors hold the token's whole payload, which does not belong in a log.
  if (error instanceof JWTExpired)
    return expired(Number(claims.exp), { cause: new RepeatedCause(error.message) })
  if (!(error instanceof JWTClaimValidationFailed)) {
    return refuse('token_malformed', 'The token could not be verified as a JWT')
  }
  const { claim, reason } = error
  const cause = new RepeatedCause(error.message)
  if (reason === 'missing') return refuse('claim_missing', `The token has no ${quoted(claim)}`, cause)
  const code = (reason === 'check_failed' && CODES_OF_FAILED_CLAIMS[claim]) || 'claim_invalid'
  if (code === 'audience_mismatch') return wrongAudience(audiences, claims.aud, cause)
  if (code === 'token_not_yet_valid') {
    return notYetValid(claim, Number(claims[claim]), clockToleranceSeconds, { cause })
  }
  if (code === 'type_mismatch') {
    const message = 'Expected "typ" to be "at+jwt", as in an access token of Logto; an ID token has none'
    return refuse(code, message, cause)
  }
  // Here jose says more: what the claim must be.
  const message = `The claim ${quoted(claim)} was refused, got ${quoted(claims[claim])}`
  return refuse(code, message, new Error(error.message))
}

function wrongAudience(audiences: readonly string[], found: unknown, cause: unknown): AuthError {
  const message = `Expected the audience ${audiences.map(quoted).join(' or ')}, byte for byte, got ${quoted(found)}`
  const alike = audiences.find((audience) => withoutSlash(audience) === withoutSlash(found))
  if (alike === undefined) {
    const remedy =
      "the frontend must ask for a token of this resource, or `resource` of this server's Client must name the other"
    return new AuthError('audience_mismatch', message, { cause, remedy })
  }
  return new AuthError('audience_mismatch', `${message}. They differ only by the trailing slash`, {
    cause,
    remedy: `register the API resource as ${quoted(alike)} in Logto, or set \`resource\` to ${quoted(found)} in this server's Client`,
  })
}

function withoutSlash(audience: unknown): unknown {
  return typeof audience === 'string' ? audience.replace(/\/+$/, '') : audience
}

const COMPARE_CLOCKS = 'compare them (`date -u` on both machines), and let NTP set both'

/** The refusal of a token whose `exp` has passed, by this clock or by one that nobody can set back. */
export function expired(exp: number, options?: ErrorOptions): AuthError {
  const seconds = secondsBetween(exp, Date.now() / 1_000)
  if (seconds < 0) {
    return new AuthError('token_expired', "The token has expired, though this server's clock was set back", {
      ...options,
      remedy: `the frontend must renew it, and this clock is behind by now: ${COMPARE_CLOCKS}`,
    })
  }
  return new AuthError('token_expired', `The token expired ${seconds} s ago by this server's clock`, {
    ...options,
    remedy: `the frontend must renew it; when a new token is refused as well, this clock is ahead of Logto's: ${COMPARE_CLOCKS}`,
  })
}

function notYetValid(
  claim: string,
  time: number,
  clockToleranceSeconds: number,
  options?: ErrorOptions,
): AuthError {
  const seconds = secondsBetween(Date.now() / 1_000, time)
  return new AuthError(
    'token_not_yet_valid',
    `The token's "${claim}" is ${seconds} s in the future by this server's clock, more than the ` +
      `${clockToleranceSeconds} s of \`clockToleranceSeconds\`: this clock is behind Logto's`,
    { ...options, remedy: COMPARE_CLOCKS },
  )
}

function secondsBetween(earlier: number, later: number): number {
  return Math.round(later - earlier)
}
