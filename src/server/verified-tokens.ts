import type { AccessTokenClaims } from './claims.js'
import type { KeySource } from './key-source.js'
import type { VerificationKey } from './verification-key.js'

/** What a verification found out, and what it rests on. */
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
 *
 * Two generations bound it: when the young one holds half of `max`, it becomes the old one and the old one goes. A
 * token in use is copied back into the young one, so that a lookup of a busy token writes nothing.
 */
export class VerifiedTokens {
  readonly #generationSize: number
  #young = new Map<string, VerifiedToken>()
  #old = new Map<string, VerifiedToken>()
  readonly #pending = new Map<string, Promise<VerifiedToken>>()
  #hits = 0
  #misses = 0

  /** @param max - tokens to hold; 0 turns the cache off. */
  constructor(max: number) {
    this.#generationSize = Math.ceil(max / 2)
  }

  /** The verified token, unless it has expired, its key has been retired, or its issuer is out of reach for too long. */
  get(token: string): VerifiedToken | undefined {
    const young = this.#young.get(token)
    const found = young ?? this.#old.get(token)
    if (!found) return undefined
    const now = Date.now()
    if (found.expiresAt <= now || found.key.retired || !found.keySource.isUsable(now)) {
      this.#young.delete(token)
      this.#old.delete(token)
      return undefined
    }
    this.#hits++
    found.keySource.refreshWhenStale(now)
    if (!young) {
      this.#old.delete(token)
      this.#add(token, found)
    }
    return found
  }

  /** Verifies a new token; calls for the same one that come meanwhile share that verification. */
  verifyOnce(token: string, verify: () => Promise<VerifiedToken>): Promise<VerifiedToken> {
    const pending = this.#pending.get(token)
    if (pending) return pending
    this.#misses++
    const verification = this.#remember(token, verify())
    this.#pending.set(token, verification)
    return verification
  }

  statistics(): VerifiedTokenStatistics {
    return { size: this.#young.size + this.#old.size, hits: this.#hits, misses: this.#misses }
  }

  async #remember(token: string, verification: Promise<VerifiedToken>): Promise<VerifiedToken> {
    try {
      const verified = await verification
      this.#add(token, verified)
      return verified
    } finally {
      this.#pending.delete(token)
    }
  }

  #add(token: string, verified: VerifiedToken): void {
    if (this.#generationSize === 0) return
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(token, verified)
  }
}
