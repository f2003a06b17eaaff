import { FUNCTION, NOT_NEGATIVE, type OptionRules, POSITIVE, TIMEOUT_MS } from '../logto/option-rules.js'
import { AuthError } from './auth-error.js'
import { DEFAULT_MAX_AGE_MS, type IssuerMetadata } from './issuer-metadata.js'
import { readKeySet, type VerificationKey } from './verification-key.js'

/** How keys are fetched and kept. */
export interface KeyOptions {
  /** Longest wait for one answer of Logto, in milliseconds. Default 5,000. */
  timeoutMs?: number
  /** Age at which the key set is fetched again in the background, in milliseconds. Default 300,000 (5 minutes). */
  maxAgeMs?: number
  /** Shortest time between two fetches, in milliseconds; requests that need the next one wait for it. Default 1,000. */
  cooldownMs?: number
  /** How long the last good keys serve while Logto cannot be reached, in milliseconds. Default 86,400,000 (24 hours). */
  maxOutageMs?: number
  /** Called after every fetch that failed. Tokens of known keys still pass meanwhile. */
  onFetchFailed?: (failure: KeyFetchFailure) => void
}

export const KEY_RULES = {
  timeoutMs: TIMEOUT_MS,
  maxAgeMs: POSITIVE,
  cooldownMs: NOT_NEGATIVE,
  maxOutageMs: NOT_NEGATIVE,
  onFetchFailed: FUNCTION,
} satisfies OptionRules<KeyOptions>

/** A fetch of discovery or keys that failed. */
export interface KeyFetchFailure {
  /** URL of the issuer's discovery document. */
  discoveryUrl: string
  error: unknown
  /** Milliseconds since the epoch of the last fetch that succeeded; undefined when none has. */
  lastFetchedAt: number | undefined
}

/** What a key source holds, for health checks and metrics. Times are milliseconds since the epoch. */
export interface KeySourceStatus {
  issuer: string | undefined
  discoveryUrl: string
  kids: string[]
  fetchedAt: number | undefined
  /** When the keys stop serving if no fetch succeeds. */
  usableUntil: number | undefined
  /** Message of the last fetch's failure; undefined when it succeeded. */
  lastFailure: string | undefined
}

/** Bounds what forged `kid`s cost Logto, and is short enough for a request to wait. */
const DEFAULT_COOLDOWN_MS = 1_000
/** A day: long enough to repair Logto, and the longest that a withdrawn key can still pass. */
const DEFAULT_MAX_OUTAGE_MS = 86_400_000
/** After a failed background fetch the next is tried no sooner: known keys are good for hours. */
const BACKGROUND_RETRY_MS = 30_000

/**
 * The keys of one issuer. At most one fetch is under way, and none starts within the cooldown of the one before: any
 * number of forged `kid`s costs Logto one request per cooldown. A request whose key is not there waits for a fetch
 * that began after it came, so a token of a key that Logto has just rotated in is never refused.
 */
export class KeySource {
  readonly #metadata: IssuerMetadata
  readonly #maxAgeMs: number
  readonly #cooldownMs: number
  readonly #maxOutageMs: number
  readonly #onFetchFailed: KeyOptions['onFetchFailed']
  #keys = new Map<string, VerificationKey[]>()
  #fetchedAt: number | undefined
  #fetchStartedAt = Number.NEGATIVE_INFINITY
  #attemptedAt = Number.NEGATIVE_INFINITY
  #nextBackgroundFetchAt = 0
  #failure: unknown
  #pending: Promise<void> | undefined

  /** @param metadata - the issuer's, which may be shared; its timeout holds for the keys too. */
  constructor(
    metadata: IssuerMetadata,
    {
      maxAgeMs = DEFAULT_MAX_AGE_MS,
      cooldownMs = DEFAULT_COOLDOWN_MS,
      maxOutageMs = DEFAULT_MAX_OUTAGE_MS,
      onFetchFailed,
    }: Omit<KeyOptions, 'timeoutMs'> = {},
  ) {
    this.#metadata = metadata
    this.#maxAgeMs = maxAgeMs
    this.#cooldownMs = cooldownMs
    this.#maxOutageMs = maxOutageMs
    this.#onFetchFailed = onFetchFailed
  }

  /** Resolves with the issuer, which is discovered when it is not known. @throws AuthError `keys_unavailable`. */
  async issuer(): Promise<string> {
    if (this.#metadata.knownIssuer === undefined) await this.#fetchKeys()
    return this.#metadata.knownIssuer ?? this.issuer()
  }

  /**
   * Resolves with the keys of a `kid`, mostly one, fetched when they must be. Empty when the issuer has none.
   *
   * @param askedAt - when the token came, in milliseconds since the epoch.
   * @throws AuthError `keys_unavailable`.
   */
  async find(kid: string, askedAt: number): Promise<readonly VerificationKey[]> {
    if (!this.isUsable(askedAt)) await this.#fetchKeys()
    this.refreshWhenStale(askedAt)
    // A set that was requested after the token came would have its key. The first fetch may be one that was under way
    // already; the second cannot be, whatever the clock does.
    for (let fetches = 0; fetches < 2; fetches++) {
      if (this.#keys.has(kid) || this.#fetchStartedAt >= askedAt) break
      await this.#fetchKeys()
    }
    return this.#keys.get(kid) ?? []
  }

  /** Whether the keys may still be used: they were fetched within the bounded time of an outage. */
  isUsable(now: number): boolean {
    return this.#fetchedAt !== undefined && now - this.#fetchedAt <= this.#maxOutageMs
  }

  /** Starts a fetch in the background when the keys are older than `maxAgeMs`. */
  refreshWhenStale(now: number): void {
    if (now < this.#nextBackgroundFetchAt || this.#pending) return
    this.#nextBackgroundFetchAt = now + Math.min(BACKGROUND_RETRY_MS, this.#maxAgeMs)
    // Its failure is in the status and has been reported to onFetchFailed.
    this.#fetchKeys().catch(() => {})
  }

  /** Fetches discovery and keys when there are none yet. @throws AuthError `keys_unavailable`. */
  async warmUp(): Promise<void> {
    if (!this.isUsable(Date.now())) await this.#fetchKeys()
  }

  status(): KeySourceStatus {
    return {
      issuer: this.#metadata.knownIssuer,
      discoveryUrl: this.#metadata.discoveryUrl,
      kids: [...this.#keys.keys()],
      fetchedAt: this.#fetchedAt,
      usableUntil: this.#fetchedAt === undefined ? undefined : this.#fetchedAt + this.#maxOutageMs,
      lastFailure: this.#failure === undefined ? undefined : messageOf(this.#failure),
    }
  }

  #fetchKeys(): Promise<void> {
    this.#pending ??= this.#fetchAfterCooldown().finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #fetchAfterCooldown(): Promise<void> {
    // A clock that was set back must not turn the cooldown into hours.
    const waitMs = Math.min(this.#attemptedAt + this.#cooldownMs - Date.now(), this.#cooldownMs)
    // Even without a wait the fetch begins after this turn, so that all who ask in it share the fetch.
    await (waitMs > 0 ? new Promise((resolve) => setTimeout(resolve, waitMs)) : undefined)
    const startedAt = Date.now()
    this.#attemptedAt = startedAt
    try {
      const jwksUrl = (await this.#metadata.fresh()).internalUrl('jwks_uri')
      const keys = readKeySet(await this.#metadata.getJson(jwksUrl))
      // An issuer without keys cannot have issued anything: a broken answer, not a rotation.
      if (keys.length === 0) throw new Error(`${jwksUrl} holds no public signature key`)
      this.#accept(keys)
      this.#fetchStartedAt = startedAt
    } catch (error) {
      this.#fail(error)
    }
  }

  #accept(fetched: VerificationKey[]): void {
    const known = new Map([...this.#keys.values()].flat().map((key) => [key.identity, key]))
    const keys = new Map<string, VerificationKey[]>()
    for (const candidate of fetched) {
      const key = known.get(candidate.identity) ?? candidate
      known.delete(candidate.identity)
      keys.set(key.kid, [...(keys.get(key.kid) ?? []), key])
    }
    for (const gone of known.values()) gone.retired = true
    this.#keys = keys
    this.#fetchedAt = Date.now()
    this.#nextBackgroundFetchAt = this.#fetchedAt + this.#maxAgeMs
    this.#failure = undefined
  }

  #fail(error: unknown): never {
    this.#failure = error
    this.#metadata.expire()
    const { baseUrl, discoveryUrl } = this.#metadata
    this.#onFetchFailed?.({ discoveryUrl, error, lastFetchedAt: this.#fetchedAt })
    throw new AuthError('keys_unavailable', `The keys of ${baseUrl} cannot be fetched: ${messageOf(error)}`, {
      cause: error,
      retryAfter: Math.max(1, Math.ceil(this.#cooldownMs / 1_000)),
    })
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // fetch says "fetch failed" and keeps the reason in its cause.
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
