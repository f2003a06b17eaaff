import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { AuthError } from './auth-error.js'
import { asAuthError } from './claim-refusal.js'
import { checkedClaims, deepFreeze, isMachineToken, isOrganizationAudience } from './claims.js'
import type { KeySource } from './key-source.js'
import { quoted } from './quoted.js'
import { readToken, type UnverifiedToken } from './token-format.js'
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

/** Checks one access token, from its spelling to its claims. The cryptography and most of the claims are jose's part. */
export class AccessTokenVerifier {
  readonly #options: VerifierOptions
  readonly #algorithms: ReadonlySet<string>

  constructor(options: VerifierOptions) {
    this.#options = options
    this.#algorithms = new Set(options.algorithms)
  }

  /** @throws AuthError */
  async verify(token: string): Promise<VerifiedToken> {
    const askedAt = Date.now()
    const unverified = readToken(token, this.#algorithms)
    const { keySource, issuer } = await this.#issuerOf(unverified)
    const keys = await keySource.find(unverified.kid, askedAt)
    const [algorithm, candidates] = this.#candidates(unverified, keys)
    const { payload, key } = await this.#verifySignature(token, unverified, issuer, algorithm, candidates)
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
  async #issuerOf({ claims: { iss } }: UnverifiedToken): Promise<{ keySource: KeySource; issuer: string }> {
    if (iss === undefined) throw new AuthError('claim_missing', 'The token has no "iss"')
    const issuers: string[] = []
    for (const keySource of this.#options.keySources) {
      const issuer = await keySource.issuer()
      if (issuer === iss) return { keySource, issuer }
      issuers.push(issuer)
    }
    throw new AuthError(
      'issuer_mismatch',
      `Expected the issuer ${issuers.map(quoted).join(' or ')}, got ${quoted(iss)}. Logto's issuer comes from its own ` +
        'ENDPOINT setting, not from the URL that it is reached by: compare them, or set `issuer`',
    )
  }

  #candidates(
    { alg, kid }: UnverifiedToken,
    keys: readonly VerificationKey[],
  ): [SignatureAlgorithm, VerificationKey[]] {
    if (keys.length === 0) {
      throw new AuthError(
        'key_unknown',
        `The issuer has no key ${quoted(kid)}: rotated away since the token was issued, or made up`,
      )
    }
    const algorithm = this.#options.algorithms.find((allowed) => allowed === alg)
    const candidates = algorithm ? keys.filter((key) => key.isFor(algorithm)) : []
    if (!algorithm || candidates.length === 0) {
      throw new AuthError('algorithm_not_allowed', `The key ${quoted(kid)} is not for "alg" ${quoted(alg)}`)
    }
    return [algorithm, candidates]
  }

  async #verifySignature(
    token: string,
    unverified: UnverifiedToken,
    issuer: string,
    algorithm: SignatureAlgorithm,
    candidates: readonly VerificationKey[],
  ): Promise<{ payload: JWTPayload; key: VerificationKey }> {
    const options: JWTVerifyOptions = {
      algorithms: [algorithm],
      typ: 'at+jwt',
      issuer,
      audience: this.#audiencesFor(unverified),
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: this.#options.clockToleranceSeconds,
      currentDate: new Date(Date.now()),
    }
    let refusal: unknown
    // Two keys may share a kid (RFC 7517, section 4.5, only advises against it); the issuer vouches for both.
    for (const key of candidates) {
      const cryptoKey = await key.import(algorithm)
      if (!cryptoKey) continue
      try {
        return { payload: (await jwtVerify(token, cryptoKey, options)).payload, key }
      } catch (error) {
        refusal = error
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break
      }
    }
    if (refusal !== undefined) throw asAuthError(refusal, unverified, this.#options)
    const message = `The issuer's key ${quoted(unverified.kid)} is not usable: not on its curve, or RSA below 2048 bits`
    throw new AuthError('key_unknown', message)
  }

  // An organization token is bound to an organization and to no API, so any API of the tenant could be meant.
  #audiencesFor({ claims: { aud } }: UnverifiedToken): string[] {
    const { audiences, acceptOrganizationAudience } = this.#options
    return acceptOrganizationAudience && isOrganizationAudience(aud) ? [...audiences, aud] : [...audiences]
  }
}
