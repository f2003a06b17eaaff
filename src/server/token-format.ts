import { isObject } from '../logto/is-object.js'
import { AuthError, quoted } from './auth-error.js'
import type { SignatureAlgorithm } from './verification-key.js'

/** The parts of a token that decide which key verifies it. Nothing in here is verified. */
export interface UnverifiedToken {
  alg: SignatureAlgorithm
  kid: string
  claims: Record<string, unknown>
}

/** Length of Logto's opaque access tokens (recordings/tokens/J-no-resource-in-auth_opaque.json). */
const OPAQUE_LENGTH = 43

// The signature may be empty: RFC 7519, section 6, writes unsecured JWTs so, and their `alg` is refused by name.
const COMPACT_JWS = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads header and claims of tokens, without verifying anything. */
export class TokenReader {
  readonly #algorithms: readonly SignatureAlgorithm[]
  readonly #audiences: readonly string[]
  // Logto signs with one key at a time, so nearly every token has the header of the one before, letter for letter.
  #latest: { segment: string; alg: SignatureAlgorithm; kid: string } | undefined

  /** @param audiences - of the tokens that are expected, for the messages alone. */
  constructor(algorithms: readonly SignatureAlgorithm[], audiences: readonly string[]) {
    this.#algorithms = algorithms
    this.#audiences = audiences
  }

  /** @throws AuthError `token_malformed`, `header_unsupported`, `algorithm_not_allowed`, `key_unknown`. */
  read(token: string): UnverifiedToken {
    const segments = COMPACT_JWS.exec(token)?.slice(1)
    if (!segments?.every(isCanonical)) throw notAJwt(token, this.#audiences)
    const [segment = '', claims = ''] = segments
    if (this.#latest?.segment !== segment) {
      this.#latest = { segment, ...readHeader(jsonObject(segment, 'header'), this.#algorithms) }
    }
    const { alg, kid } = this.#latest
    return { alg, kid, claims: jsonObject(claims, 'payload') }
  }
}

function readHeader(
  header: Record<string, unknown>,
  algorithms: readonly SignatureAlgorithm[],
): Pick<UnverifiedToken, 'alg' | 'kid'> {
  const { kid } = header
  const alg = algorithms.find((algorithm) => algorithm === header.alg)
  if (alg === undefined) {
    const expected = algorithms.join(', ')
    throw new AuthError(
      'algorithm_not_allowed',
      `Expected "alg" to be one of ${expected}, got ${quoted(header.alg)}`,
    )
  }
  // RFC 7515, section 4.1.11: an extension that is not understood must be refused. RFC 7797, section 7: b64 never.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw new AuthError('header_unsupported', 'The header has "crit" or "b64", which no token of Logto has')
  }
  if (kid === undefined) {
    throw new AuthError('key_unknown', 'The header has no "kid"; every token of Logto has one')
  }
  if (typeof kid === 'string') return { alg, kid }
  throw new AuthError('token_malformed', `Expected "kid" to be a string, got ${typeof kid}`)
}

function notAJwt(token: string, audiences: readonly string[]): AuthError {
  if (token.length === OPAQUE_LENGTH && /^[\w-]+$/.test(token)) {
    return new AuthError(
      'token_malformed',
      'Expected a JWT, got an opaque access token: the sign-in or the token request named no API resource',
      {
        remedy:
          `ask for a token of ${audiences.map(quoted).join(' or ')}: \`post\` of the browser Client does, ` +
          '`getAccessToken(resource)` of @logto/browser needs it as argument',
      },
    )
  }
  const segments = token.split('.', 10).length
  return new AuthError(
    'token_malformed',
    `Expected a JWT, three segments of base64url, got ${token.length} characters in ${segments} segment(s)`,
  )
}

/**
 * Whether a segment has a possible length, and zero in the bits that its last character leaves unused. So a token has
 * one spelling.
 */
function isCanonical(segment: string): boolean {
  const last = segment.charAt(segment.length - 1)
  switch (segment.length % 4) {
    case 0:
      return true
    case 2:
      return 'AQgw'.includes(last)
    case 3:
      return 'AEIMQUYcgkosw048'.includes(last)
    default:
      return false
  }
}

function jsonObject(segment: string, part: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(textOf(segment))
  } catch (cause) {
    throw new AuthError('token_malformed', `The token's ${part} is not JSON in UTF-8`, { cause })
  }
  if (!isObject(value)) throw new AuthError('token_malformed', `The token's ${part} is not a JSON object`)
  return value
}

// ASCII, which nearly all tokens are, is its own UTF-8; a third of the time that jose's decoder and TextDecoder take.
function textOf(segment: string): string {
  const binary = atob(segment.replaceAll('-', '+').replaceAll('_', '/'))
  if (!/[^\0-\x7f]/.test(binary)) return binary
  return utf8.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
}
