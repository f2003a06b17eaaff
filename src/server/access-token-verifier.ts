import { type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { JWSSignatureVerificationFailed } from 'jose/errors'
import { checkOptions } from '../logto/check-options.js'
import { ACCESS_TOKEN_CLOCK_TOLERANCE_SECONDS } from '../logto/clock-tolerance.js'
import { BOOLEAN, type OptionRules } from '../logto/option-rules.js'
import { AuthError, quoted } from './auth-error.js'
import { AUTHORIZED_PARTIES, checkAuthorizedParty } from './authorized-party.js'
import {
  type AccessTokenClaims,
  asAuthError,
  checkedClaims,
  deepFreeze,
  isMachineToken,
  isOrganizationAudience,
} from './claims.js'
import type { KeySource } from './key-source.js'
import { moment } from './moment.js'
import { TokenReader, type UnverifiedToken } from './token-format.js'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm, type VerificationKey } from './verification-key.js'
import { type VerifiedToken, type VerifiedTokenStatistics, VerifiedTokens } from './verified-tokens.js'

/** What a token must be. */
export interface VerifierOptions {
  keySources: readonly KeySource[]
  audiences: readonly string[]
  algorithms?: readonly SignatureAlgorithm[]
  clockToleranceSeconds?: number
  maxTokenLength?: number
  maxVerifiedTokens?: number
  acceptOrganizationAudience?: boolean
}

/** Whose tokens pass. */
export interface VerifyOptions {
  /**
   * Lets machine tokens pass. Any machine-to-machine application of the tenant gets one for any API resource, without
   * any role: check `client_id` or `scope` of the claims. Default false.
   */
  allowMachine?: boolean
  /**
   * Ids of the applications whose tokens pass, compared with `client_id` and `azp`; at least one. Default: every
   * application of the tenant that can get a token for this API. With `allowMachine` it names the machines too.
   */
  authorizedParties?: readonly string[]
}

export const VERIFY_RULES = {
  allowMachine: BOOLEAN,
  authorizedParties: AUTHORIZED_PARTIES,
} satisfies OptionRules<VerifyOptions>

/** Logto's tokens have 500 to 1,000 characters. Longer headers are refused by many HTTP servers. */
const DEFAULT_MAX_TOKEN_LENGTH = 8_192
/** About 10 MB: bench/verify.ts prints the heap of one. */
const DEFAULT_MAX_VERIFIED_TOKENS = 10_000

const REQUIRED_CLAIMS = ['exp', 'iat', 'sub']

/**
 * Verifies access tokens, from their spelling to their claims, each once. The cryptography and most of the claims are
 * jose's part.
 */
export class AccessTokenVerifier {
  readonly #options: Required<Omit<VerifierOptions, 'algorithms' | 'maxVerifiedTokens'>>
  readonly #reader: TokenReader
  readonly #verifiedTokens: VerifiedTokens

  constructor({
    keySources,
    audiences,
    algorithms = SIGNATURE_ALGORITHMS,
    clockToleranceSeconds = ACCESS_TOKEN_CLOCK_TOLERANCE_SECONDS,
    maxTokenLength = DEFAULT_MAX_TOKEN_LENGTH,
    maxVerifiedTokens = DEFAULT_MAX_VERIFIED_TOKENS,
    acceptOrganizationAudience = false,
  }: VerifierOptions) {
    this.#options = {
      keySources,
      audiences,
      clockToleranceSeconds,
      maxTokenLength,
      acceptOrganizationAudience,
    }
    this.#reader = new TokenReader(algorithms, audiences)
    this.#verifiedTokens = new VerifiedTokens(maxVerifiedTokens)
  }

  /**
   * Resolves with the claims of a token. They are frozen, because many requests share them.
   *
   * @throws AuthError; TypeError for unknown options.
   */
  async verify(token: string, options?: VerifyOptions): Promise<AccessTokenClaims> {
    if (options !== undefined) checkOptions('verifyAccessToken', options, VERIFY_RULES)
    // The size comes first: a megabyte is not even looked up.
    assertSize(token, this.#options.maxTokenLength)
    let known = this.#verifiedTokens.find(token)
    if (known?.keySource.isOverdue(moment())) {
      await known.keySource.refresh()
      known = this.#verifiedTokens.find(token)
    }
    const verified = known ?? (await this.#verifiedTokens.verifyOnce(token, () => this.#verifyNew(token)))
    const { claims, isMachine } = verified
    if (isMachine && !options?.allowMachine) {
      throw new AuthError(
        'machine_token_not_allowed',
        `The token speaks for the application ${quoted(claims.sub)} (sub equals client_id), not for a user`,
      )
    }
    checkAuthorizedParty(claims, options?.authorizedParties)
    return claims
  }

  /** Fetches the keys of every issuer. @throws AuthError `keys_unavailable`. */
  async warmUp(): Promise<void> {
    await Promise.all(this.#options.keySources.map((source) => source.warmUp()))
  }

  statistics(): VerifiedTokenStatistics {
    return this.#verifiedTokens.statistics()
  }

  async #verifyNew(token: string): Promise<VerifiedToken> {
    const askedAt = moment()
    const unverified = this.#reader.read(token)
    const { issuer, keySource } = await this.#issuerOf(unverified)
    const keys = await keySource.find(unverified.kid, askedAt)
    const { payload, key } = await this.#verifySignature(token, unverified, keys, issuer)
    const claims = checkedClaims(payload, this.#options.clockToleranceSeconds)
    return {
      claims: deepFreeze(claims),
      isMachine: isMachineToken(claims),
      verifiedAt: askedAt,
      key,
      keySource,
    }
  }

  // The issuer is read before the signature is checked: keys are kept per issuer, so that another tenant's key of the
  // same kid never verifies, and a token of a Logto that is known by another name gets an answer that says so.
  async #issuerOf({ claims: { iss } }: UnverifiedToken): Promise<{ issuer: string; keySource: KeySource }> {
    if (iss === undefined) throw new AuthError('claim_missing', 'The token has no "iss"')
    const issuers: string[] = []
    for (const keySource of this.#options.keySources) {
      const issuer = await keySource.issuer()
      if (issuer === iss) return { issuer, keySource }
      issuers.push(issuer)
    }
    throw new AuthError(
      'issuer_mismatch',
      `Expected the issuer ${issuers.map(quoted).join(' or ')}, got ${quoted(iss)}. Logto's issuer comes from its own ` +
        'ENDPOINT setting, not from the URL that it is reached by',
      {
        remedy:
          "compare them, or set `issuer` of this server's Client to what the token says, if that is your Logto",
      },
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
    const flaws: string[] = []
    // Two keys may share a kid (RFC 7517, section 4.5, only advises against it); the issuer vouches for both.
    for (const key of candidatesOf(unverified, keys)) {
      const { cryptoKey, flaw } = await key.import(unverified.alg)
      if (!cryptoKey) {
        flaws.push(flaw)
        continue
      }
      try {
        return { payload: (await jwtVerify(token, cryptoKey, expected)).payload, key }
      } catch (error) {
        refusal = error
        if (!(error instanceof JWSSignatureVerificationFailed)) break
      }
    }
    if (refusal !== undefined) throw asAuthError(refusal, unverified, this.#options)
    const message = `The issuer's key ${quoted(unverified.kid)} is not usable: ${flaws.join('; ')}`
    throw new AuthError('key_unknown', message, {
      remedy:
        "rotate the signing key in Logto's console (Signing keys), and find out where this one came from",
    })
  }

  #expectationsOf({ alg, claims: { aud } }: UnverifiedToken, issuer: string): JWTVerifyOptions {
    const { audiences, acceptOrganizationAudience, clockToleranceSeconds } = this.#options
    // An organization token is bound to an organization and to no API, so any API of the tenant could be meant.
    const isAccepted = acceptOrganizationAudience && isOrganizationAudience(aud)
    return {
      algorithms: [alg],
      typ: 'at+jwt',
      issuer,
      audience: isAccepted ? [...audiences, aud] : [...audiences],
      requiredClaims: REQUIRED_CLAIMS,
      clockTolerance: clockToleranceSeconds,
    }
  }
}

function assertSize(token: unknown, max: number): void {
  if (typeof token !== 'string' || token === '') {
    throw new AuthError('token_missing', 'There is no access token')
  }
  if (token.length <= max) return
  throw new AuthError(
    'token_too_large',
    `Expected a token of at most ${max} characters (maxTokenLength), got ${token.length}`,
  )
}

function candidatesOf(
  { alg, kid }: UnverifiedToken,
  keys: readonly VerificationKey[],
): readonly VerificationKey[] {
  if (keys.length === 0) {
    throw new AuthError(
      'key_unknown',
      `The issuer has no key ${quoted(kid)}: rotated away since the token was issued, or of another Logto`,
      { remedy: 'sign in again; if that does not help, compare `logtoEndpoint` here and in the frontend' },
    )
  }
  const candidates = keys.filter((key) => key.isFor(alg))
  if (candidates.length > 0) return candidates
  throw new AuthError('algorithm_not_allowed', `The key ${quoted(kid)} is not for "alg" ${quoted(alg)}`)
}
