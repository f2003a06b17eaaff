import { callSafely } from '../logto/call-safely.js'
import type { Logger } from '../logto/logger.js'
import { FUNCTION, NOT_NEGATIVE, type OptionRules, POSITIVE, TIMEOUT_MS } from '../logto/option-rules.js'
import { AuthError } from './auth-error.js'
import { DEFAULT_MAX_AGE_MS, type IssuerMetadata, UnexpectedIssuerError } from './issuer-metadata.js'
import { type Moment, moment, msBetween } from './moment.js'
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
 *
 * Ages are what the wall clock or the monotonic one says, whichever is more: a clock that is set back keeps no key.
 */
export class KeySource {
  readonly #metadata: IssuerMetadata
  readonly #maxAgeMs: number
  readonly #cooldownMs: number
  readonly #maxOutageMs: number
  readonly #onFetchFailed: KeyOptions['onFetchFailed']
  readonly #logger: Logger
  #keys = new Map<string, VerificationKey[]>()
  /** The issuer that they are of. */
  #issuerOfKeys: string | undefined
  #fetchedAt: Moment | undefined
  /** When the fetch that brought them began, by the monotonic clock. */
  #fetchStartedAt = Number.NEGATIVE_INFINITY
  #attemptedAt: Moment | undefined
  /** No background fetch begins while this lasts. */
  #pause: { since: Moment; ms: number } | undefined
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
      logger = console,
    }: Omit<KeyOptions, 'timeoutMs'> & { logger?: Logger | undefined } = {},
  ) {
    this.#metadata = metadata
    this.#maxAgeMs = maxAgeMs
    this.#cooldownMs = cooldownMs
    this.#maxOutageMs = maxOutageMs
    this.#onFetchFailed = onFetchFailed
    this.#logger = logger
  }

  /** The issuer, configured or discovered; undefined while it is neither. */
  get knownIssuer(): string | undefined {
    return this.#metadata.knownIssuer
  }

  /** Resolves with the issuer, which is discovered when it is not known. @throws AuthError `keys_unavailable`. */
  async issuer(): Promise<string> {
    if (this.knownIssuer === undefined) await this.#fetchKeys()
    return this.knownIssuer ?? this.issuer()
  }

  /**
   * Resolves with the keys of a `kid`, mostly one, fetched when they must be. Empty when the issuer has none.
   *
   * @param askedAt - when the token came.
   * @throws AuthError `keys_unavailable`.
   */
  async find(kid: string, askedAt: Moment): Promise<readonly VerificationKey[]> {
    if (!this.isUsable(askedAt)) await this.#fetchKeys()
    if (this.isOverdue(askedAt)) await this.refresh()
    this.refreshWhenStale(askedAt)
    // A set that was requested after the token came would have its key. The first fetch may be one that was under way
    // already; the second cannot be, whatever the clock does.
    for (let fetches = 0; fetches < 2; fetches++) {
      if (this.#keys.has(kid) || this.#fetchStartedAt >= askedAt.monotonic) break
      await this.#fetchKeys()
    }
    return this.#keys.get(kid) ?? []
  }

  /** Whether the keys may still be used: they are the present issuer's, fetched within the bounded time of an outage. */
  isUsable(now: Moment): boolean {
    return (
      this.#fetchedAt !== undefined &&
      msBetween(this.#fetchedAt, now) <= this.#maxOutageMs &&
      this.#issuerOfKeys === this.knownIssuer
    )
  }

  /**
   * Whether requests should wait for new keys: nobody has come for so long that the set is twice as old as it may become.
   * A key could have been withdrawn meanwhile. False during an outage, so that one request waits for it and not each.
   */
  isOverdue(now: Moment): boolean {
    return (
      this.#failure === undefined &&
      this.#fetchedAt !== undefined &&
      msBetween(this.#fetchedAt, now) > 2 * this.#maxAgeMs
    )
  }

  /** Starts a fetch in the background when the keys are older than `maxAgeMs`. */
  refreshWhenStale(now: Moment): void {
    if (this.#pending || (this.#pause && msBetween(this.#pause.since, now) < this.#pause.ms)) return
    this.#pause = { since: now, ms: Math.min(BACKGROUND_RETRY_MS, this.#maxAgeMs) }
    void this.refresh()
  }

  /** Resolves when the keys have been fetched, or could not be: the last good ones serve then. */
  async refresh(): Promise<void> {
    // Its failure is in the status and has been reported to onFetchFailed.
    await this.#fetchKeys().catch(() => {})
  }

  /** Fetches discovery and keys when there are none yet. @throws AuthError `keys_unavailable`. */
  async warmUp(): Promise<void> {
    if (!this.isUsable(moment())) await this.#fetchKeys()
  }

  status(): KeySourceStatus {
    return {
      issuer: this.knownIssuer,
      discoveryUrl: this.#metadata.discoveryUrl,
      kids: [...this.#keys.keys()],
      fetchedAt: this.#fetchedAt?.wall,
      usableUntil: this.#fetchedAt && this.#fetchedAt.wall + this.#maxOutageMs,
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
    const waitMs = this.#attemptedAt ? this.#cooldownMs - msBetween(this.#attemptedAt, moment()) : 0
    // Even without a wait the fetch begins after this turn, so that all who ask in it share the fetch.
    await (waitMs > 0 ? new Promise((resolve) => setTimeout(resolve, waitMs)) : undefined)
    const startedAt = moment()
    this.#attemptedAt = startedAt
    try {
      const document = await this.#metadata.fresh()
      const jwksUrl = document.internalUrl('jwks_uri')
      const keys = readKeySet(await this.#metadata.getJson(jwksUrl))
      // An issuer without keys cannot have issued anything: a broken answer, not a rotation.
      if (keys.length === 0) throw new Error(`${jwksUrl} holds no public signature key`)
      this.#accept(keys, document.issuer)
      this.#fetchStartedAt = startedAt.monotonic
    } catch (error) {
      this.#fail(error)
    }
  }

  #accept(fetched: VerificationKey[], issuer: string): void {
    const known = new Map([...this.#keys.values()].flat().map((key) => [key.identity, key]))
    const keys = new Map<string, VerificationKey[]>()
    for (const candidate of fetched) {
      const key = known.get(candidate.identity) ?? candidate
      known.delete(candidate.identity)
      keys.set(key.kid, [...(keys.get(key.kid) ?? []), key])
    }
    for (const gone of known.values()) gone.retired = true
    this.#keys = keys
    this.#issuerOfKeys = issuer
    this.#fetchedAt = moment()
    this.#pause = { since: this.#fetchedAt, ms: this.#maxAgeMs }
    this.#failure = undefined
  }

  #fail(error: unknown): never {
    this.#failure = error
    this.#metadata.expire()
    const { baseUrl, discoveryUrl } = this.#metadata
    const failure = { discoveryUrl, error, lastFetchedAt: this.#fetchedAt?.wall }
    callSafely('onFetchFailed', this.#logger, () => this.#onFetchFailed?.(failure))
    throw new AuthError('keys_unavailable', `The keys of ${baseUrl} cannot be fetched: ${messageOf(error)}`, {
      cause: error,
      retryAfter: Math.max(1, Math.ceil(this.#cooldownMs / 1_000)),
      ...(error instanceof UnexpectedIssuerError && { remedy: error.remedy }),
    })
  }
}

function messageOf(error: unknown): string {
  // A fetch of the application's may throw anything, also what no text can be made of.
  if (!(error instanceof Error)) return typeof error === 'string' ? error : `${typeof error} was thrown`
  // fetch says "fetch failed" and keeps the reason in its cause.
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
