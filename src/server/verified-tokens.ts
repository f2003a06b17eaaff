import { BoundedMap } from '../logto/bounded-map.js'
import { type AccessTokenClaims, expired } from './claims.js'
import type { KeySource } from './key-source.js'
import { type Moment, moment, msBetween } from './moment.js'
import type { VerificationKey } from './verification-key.js'

/** The result of a verification, and what it rests on. */
export interface VerifiedToken {
  claims: AccessTokenClaims
  isMachine: boolean
  verifiedAt: Moment
  key: VerificationKey
  keySource: KeySource
}

/** Counters of the verified-token cache since the Client was made. */
export interface VerifiedTokenStatistics {
  /** Tokens held now, at most `maxVerifiedTokens`. */
  size: number
  /** Calls answered from the cache. */
  hits: number
  /** Verifications that were made. */
  misses: number
}

/**
 * Tokens that have been verified: a repeat costs one lookup instead of half a millisecond of CPU. The key is the whole
 * token, so nothing is recognised that differs in a single character.
 */
export class VerifiedTokens {
  readonly #tokens: BoundedMap<VerifiedToken>
  // When the clock is set back, a token that has expired would pass a new verification. `exp` of those found so.
  readonly #expired: BoundedMap<number>
  readonly #pending = new Map<string, Promise<VerifiedToken>>()
  #hits = 0
  #misses = 0

  /** @param max - tokens to hold; 0 turns the cache off. */
  constructor(max: number) {
    this.#tokens = new BoundedMap(max)
    this.#expired = new BoundedMap(max)
  }

  /**
   * Returns the verified token, unless its key is retired, its issuer is no longer the expected one, or its issuer has
   * been away for too long.
   *
   * @throws AuthError `token_expired`.
   */
  find(token: string): VerifiedToken | undefined {
    const found = this.#tokens.get(token)
    if (!found) {
      const exp = this.#expired.get(token)
      if (exp !== undefined) throw expired(exp)
      return undefined
    }
    const now = moment()
    const { claims, verifiedAt, key, keySource } = found
    if (msBetween(verifiedAt, now) >= claims.exp * 1_000 - verifiedAt.wall) {
      this.#tokens.delete(token)
      this.#expired.set(token, claims.exp)
      throw expired(claims.exp)
    }
    if (key.retired || !keySource.isUsable(now) || keySource.knownIssuer !== claims.iss) {
      this.#tokens.delete(token)
      return undefined
    }
    this.#hits++
    keySource.refreshWhenStale(now)
    return found
  }

  /** Verifies a new token; calls for the same one that come meanwhile share that verification. */
  verifyOnce(token: string, verify: () => Promise<VerifiedToken>): Promise<VerifiedToken> {
    const pending = this.#pending.get(token)
    if (pending) return pending
    this.#misses++
    const verification = this.#keep(token, verify())
    this.#pending.set(token, verification)
    return verification
  }

  statistics(): VerifiedTokenStatistics {
    return { size: this.#tokens.size, hits: this.#hits, misses: this.#misses }
  }

  async #keep(token: string, verification: Promise<VerifiedToken>): Promise<VerifiedToken> {
    try {
      const verified = await verification
      this.#tokens.set(token, verified)
      return verified
    } finally {
      this.#pending.delete(token)
    }
  }
}
