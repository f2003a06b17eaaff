import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { AuthError } from './auth-error.js'
import { asAuthError } from './claim-refusal.js'
import { checkedClaims, deepFreeze, isMachineToken, isOrganizationAudience } from './claims.js'
import type { KeySource } from './key-source.js'
import { quoted } from './quoted.js'
import { TokenReader, type UnverifiedToken } from './token-format.js'
import type { SignatureAlgorithm, VerificationKey } from './verification-key.js'
import type { VerifiedToken } from './verified-tokens.js'

/** What a token must be. */
export interface VerifierOptions {
  keySources: readonly KeySource[]
  audiences: readonly string[]
  algorithms: readonly SignatureAlgorithm[]
  clockToleranceSeconds: number
  acceptOrganizationAudience: boolean
}

/** Whose token it says it is, and the keys of that issuer. */
interface TokenIssuer {
  issuer: string
  keySource: KeySource
}

const REQUIRED_CLAIMS = ['exp', 'iat', 'sub']

/** Checks one access token, from its spelling to its claims. The cryptography and most of the claims are jose's part. */
export class AccessTokenVerifier {
  readonly #options: VerifierOptions
  readonly #reader: TokenReader

  constructor(options: VerifierOptions) {
    this.#options = options
    this.#reader = new TokenReader(options.algorithms)
  }

  /** @throws AuthError */
  async verify(token: string): Promise<VerifiedToken> {
    const askedAt = Date.now()
    const unverified = this.#reader.read(token)
    // For nearly every token all of it is at hand; only what is not costs a promise.
    const { issuer, keySource } = this.#issuerAtHand(unverified) ?? (await this.#discoverIssuer(unverified))
    const { kid } = unverified
    const keys = keySource.keysAtHand(kid, askedAt) ?? (await keySource.find(kid, askedAt))
    const { payload, key } = await this.#verifySignature(token, unverified, keys, issuer)
    const claims = checkedClaims(payload, this.#options.clockToleranceSeconds)
    return {
      claims: deepFreeze(claims),
      isMachine: isMachineToken(claims),
      expiresAt: claims.exp * 1_000,
      key,
      keySource,
    }
  }

  // The issuer is read before the signature is checked: keys are kept per issuer, so that another tenant's key of the
  // same kid never verifies, and a token of a Logto that is known by another name gets an answer that says so.
  #issuerAtHand({ claims: { iss } }: UnverifiedToken): TokenIssuer | undefined {
    if (iss === undefined) throw new AuthError('claim_missing', 'The token has no "iss"')
    for (const keySource of this.#options.keySources) {
      const issuer = keySource.knownIssuer
      if (issuer !== undefined && issuer === iss) return { issuer, keySource }
    }
    return undefined
  }

  async #discoverIssuer({ claims: { iss } }: UnverifiedToken): Promise<TokenIssuer> {
    const issuers: string[] = []
    for (const keySource of this.#options.keySources) {
      const issuer = await keySource.issuer()
      if (issuer === iss) return { issuer, keySource }
      issuers.push(issuer)
    }
    throw new AuthError(
      'issuer_mismatch',
      `Expected the issuer ${issuers.map(quoted).join(' or ')}, got ${quoted(iss)}. Logto's issuer comes from its own ` +
        'ENDPOINT setting, not from the URL that it is reached by: compare them, or set `issuer`',
    )
  }

  async #verifySignature(
    token: string,
    unverified: UnverifiedToken,
    keys: readonly VerificationKey[],
    issuer: string,
  ): Promise<{ payload: JWTPayload; key: VerificationKey }> {
    const expected = this.#expectationsOf(unverified, issuer)
    let refusal: unknown
    // Two keys may share a kid (RFC 7517, section 4.5, only advises against it); the issuer vouches for both.
    for (const key of candidatesOf(unverified, keys)) {
      const cryptoKey = key.imported(unverified.alg) ?? (await key.import(unverified.alg))
      if (!cryptoKey) continue
      try {
        return { payload: (await jwtVerify(token, cryptoKey, expected)).payload, key }
      } catch (error) {
        refusal = error
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break
      }
    }
    if (refusal !== undefined) throw asAuthError(refusal, unverified, this.#options)
    const message = `The issuer's key ${quoted(unverified.kid)} is not usable: not on its curve, or RSA below 2048 bits`
    throw new AuthError('key_unknown', message)
  }

  #expectationsOf({ alg, claims: { aud } }: UnverifiedToken, issuer: string): JWTVerifyOptions {
    const { audiences, acceptOrganizationAudience, clockToleranceSeconds } = this.#options
    // An organization token is bound to an organization and to no API, so any API of the tenant could be meant.
    const audience =
      acceptOrganizationAudience && isOrganizationAudience(aud) ? [...audiences, aud] : [...audiences]
    return {
      algorithms: [alg],
      typ: 'at+jwt',
      issuer,
      audience,
      requiredClaims: REQUIRED_CLAIMS,
      clockTolerance: clockToleranceSeconds,
    }
  }
}

function candidatesOf(
  { alg, kid }: UnverifiedToken,
  keys: readonly VerificationKey[],
): readonly VerificationKey[] {
  if (keys.length === 0) {
    throw new AuthError(
      'key_unknown',
      `The issuer has no key ${quoted(kid)}: rotated away since the token was issued, or made up`,
    )
  }
  const candidates = keys.filter((key) => key.isFor(alg))
  if (candidates.length === 0) {
    throw new AuthError('algorithm_not_allowed', `The key ${quoted(kid)} is not for "alg" ${quoted(alg)}`)
  }
  return candidates
}
