import { base64url } from 'jose'
import { AuthError } from './auth-error.js'
import { quoted } from './quoted.js'

/** The parts of a token that decide which key verifies it. Nothing in here is verified. */
export interface UnverifiedToken {
  alg: string
  kid: string
  claims: Record<string, unknown>
}

/** Length of Logto's opaque access tokens (recordings/tokens/J-no-resource-in-auth_opaque.json). */
const OPAQUE_LENGTH = 43

// Strict base64url: no padding, no impossible length, and zero in the bits that a last character leaves unused, so
// that one token has one spelling. The signature may be empty: RFC 7519, section 6, writes unsecured JWTs so, and
// their `alg` is refused by name.
const SEGMENT = '(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?'
const COMPACT_JWS = new RegExp(`^(?!\\.)(${SEGMENT})\\.(?!\\.)(${SEGMENT})\\.${SEGMENT}$`)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a token's header and claims without verifying anything.
 *
 * @throws AuthError `token_malformed`, `header_unsupported`, `algorithm_not_allowed`, `key_unknown`.
 */
export function readToken(token: string, allowedAlgorithms: ReadonlySet<string>): UnverifiedToken {
  const [, headerSegment, claimsSegment] = COMPACT_JWS.exec(token) ?? []
  if (headerSegment === undefined || claimsSegment === undefined) throw notAJwt(token)
  const header = jsonObject(headerSegment, 'header')
  const { alg, kid } = header
  if (typeof alg !== 'string' || !allowedAlgorithms.has(alg)) {
    const expected = [...allowedAlgorithms].join(', ')
    throw new AuthError(
      'algorithm_not_allowed',
      `Expected "alg" to be one of ${expected}, got ${quoted(alg)}`,
    )
  }
  // RFC 7515, section 4.1.11: an extension that is not understood must be refused. RFC 7797, section 7: b64 never.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw new AuthError('header_unsupported', 'The header has "crit" or "b64", which no token of Logto has')
  }
  if (kid === undefined)
    throw new AuthError('key_unknown', 'The header has no "kid"; every token of Logto has one')
  if (typeof kid !== 'string') {
    throw new AuthError('token_malformed', `Expected "kid" to be a string, got ${typeof kid}`)
  }
  return { alg, kid, claims: jsonObject(claimsSegment, 'payload') }
}

function notAJwt(token: string): AuthError {
  if (token.length === OPAQUE_LENGTH && /^[\w-]+$/.test(token)) {
    return new AuthError(
      'token_malformed',
      'Expected a JWT, got an opaque access token: the sign-in or the token request named no API resource. ' +
        'Ask for a token of this API by its resource indicator',
    )
  }
  const segments = token.split('.', 10).length
  return new AuthError(
    'token_malformed',
    `Expected a JWT, three segments of base64url, got ${token.length} characters in ${segments} segment(s)`,
  )
}

function jsonObject(segment: string, part: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(base64url.decode(segment)))
  } catch (cause) {
    throw new AuthError('token_malformed', `The token's ${part} is not JSON in UTF-8`, { cause })
  }
  if (!isRecord(value)) throw new AuthError('token_malformed', `The token's ${part} is not a JSON object`)
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
