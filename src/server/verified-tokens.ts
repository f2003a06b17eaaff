import { BoundedMap } from '../logto/bounded-map.js'
import type { AccessTokenClaims } from './claims.js'
import type { KeySource } from './key-source.js'
import type { VerificationKey } from './verification-key.js'

/** The result of a verification, and what it rests on. */
export interface VerifiedToken {
  claims: AccessTokenClaims
  isMachine: boolean
  /** `exp` in milliseconds. */
  expiresAt: number
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
  readonly #pending = new Map<string, Promise<VerifiedToken>>()
  #hits = 0
  #misses = 0

  /** @param max - tokens to hold; 0 turns the cache off. */
  constructor(max: number) {
    this.#tokens = new BoundedMap(max)
  }

  /** Returns the verified token, unless it has expired, its key is retired, or its issuer has been away for too long. */
  find(token: string): VerifiedToken | undefined {
    const found = this.#tokens.get(token)
    if (!found) return undefined
    const now = Date.now()
    if (found.expiresAt <= now || found.key.retired || !found.keySource.isUsable(now)) {
      this.#tokens.delete(token)
      return undefined
    }
    this.#hits++
    found.keySource.refreshWhenStale(now)
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
