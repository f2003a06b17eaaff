import { discoveryUrlOf } from '../logto/index.js'
import { AuthError } from './auth-error.js'
import { fetchJson } from './fetch-json.js'
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
  /** Told about every fetch that failed; tokens of known keys still pass meanwhile. */
  onFetchFailed?: (failure: KeyFetchFailure) => void
}

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

/** After a failed background fetch the next is tried no sooner: known keys are good for hours. */
const BACKGROUND_RETRY_MS = 30_000

/**
 * The keys of one issuer. At most one fetch is under way, and none starts within the cooldown of the one before: any
 * number of forged `kid`s costs Logto one request per cooldown. A request whose key is not there waits for a fetch
 * that began after it came, so a token of a key that Logto has just rotated in is never refused.
 */
export class KeySource {
  readonly #baseUrl: string
  readonly #configuredIssuer: string | undefined
  readonly #fetch: typeof fetch | undefined
  readonly #options: Required<Omit<KeyOptions, 'onFetchFailed'>> & Pick<KeyOptions, 'onFetchFailed'>
  #issuer: string | undefined
  #jwksUrl: string | undefined
  #keys = new Map<string, VerificationKey[]>()
  #fetchedAt: number | undefined
  #fetchStartedAt = Number.NEGATIVE_INFINITY
  #attemptedAt = Number.NEGATIVE_INFINITY
  #nextBackgroundFetchAt = 0
  #failure: unknown
  #pending: Promise<void> | undefined

  /**
   * @param baseUrl - the issuer's URL as this process reaches it: its discovery document and keys are fetched there.
   * @param issuer - expected `iss`; undefined takes the one that the discovery document names.
   */
  constructor(
    baseUrl: string,
    issuer: string | undefined,
    options: KeyOptions,
    fetch?: typeof globalThis.fetch,
  ) {
    this.#baseUrl = baseUrl
    this.#configuredIssuer = issuer
    this.#fetch = fetch
    this.#options = {
      ...options,
      timeoutMs: options.timeoutMs ?? 5_000,
      maxAgeMs: options.maxAgeMs ?? 300_000,
      cooldownMs: options.cooldownMs ?? 1_000,
      maxOutageMs: options.maxOutageMs ?? 86_400_000,
    }
  }

  /** The issuer that tokens of these keys name; undefined while it is neither configured nor discovered. */
  get knownIssuer(): string | undefined {
    return this.#configuredIssuer ?? this.#issuer
  }

  /** The same, discovered when it is not known. @throws AuthError `keys_unavailable`. */
  async issuer(): Promise<string> {
    if (this.knownIssuer === undefined) await this.#fetchKeys()
    return this.knownIssuer ?? this.issuer()
  }

  /** The keys of a `kid`, mostly one, when they need not be fetched. */
  keysAtHand(kid: string, askedAt: number): readonly VerificationKey[] | undefined {
    if (!this.isUsable(askedAt)) return undefined
    this.refreshWhenStale(askedAt)
    return this.#keys.get(kid)
  }

  /**
   * The keys of a `kid`, fetched when they must be. Empty when the issuer has none.
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
    return this.#fetchedAt !== undefined && now - this.#fetchedAt <= this.#options.maxOutageMs
  }

  /** Starts a fetch in the background when the keys are older than `maxAgeMs`; nobody waits for it. */
  refreshWhenStale(now: number): void {
    if (now < this.#nextBackgroundFetchAt || this.#pending) return
    this.#nextBackgroundFetchAt = now + Math.min(BACKGROUND_RETRY_MS, this.#options.maxAgeMs)
    this.#jwksUrl = undefined
    // Its failure is kept in the status and told to onFetchFailed.
    this.#fetchKeys().catch(() => {})
  }

  /** Fetches discovery and keys when there are none yet. */
  async warmUp(): Promise<void> {
    if (!this.isUsable(Date.now())) await this.#fetchKeys()
  }

  status(): KeySourceStatus {
    return {
      issuer: this.knownIssuer,
      discoveryUrl: discoveryUrlOf(this.#baseUrl),
      kids: [...this.#keys.keys()],
      fetchedAt: this.#fetchedAt,
      usableUntil: this.#fetchedAt === undefined ? undefined : this.#fetchedAt + this.#options.maxOutageMs,
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
    const { cooldownMs } = this.#options
    // A clock that was set back must not turn the cooldown into hours.
    const waitMs = Math.min(this.#attemptedAt + cooldownMs - Date.now(), cooldownMs)
    // Even without a wait the fetch begins after this turn, so that all who ask in it share the fetch.
    await (waitMs > 0 ? new Promise((resolve) => setTimeout(resolve, waitMs)) : undefined)
    const startedAt = Date.now()
    this.#attemptedAt = startedAt
    try {
      this.#jwksUrl ??= await this.#discover()
      this.#accept(readKeySet(await this.#get(this.#jwksUrl)))
      this.#fetchStartedAt = startedAt
    } catch (error) {
      this.#fail(error)
    }
  }

  async #discover(): Promise<string> {
    const url = discoveryUrlOf(this.#baseUrl)
    const document = await this.#get(url)
    if (!isDiscoveryDocument(document)) {
      throw new Error(
        `${url} is no discovery document: it lacks "issuer" or "jwks_uri". Is this the Logto endpoint?`,
      )
    }
    this.#issuer = document.issuer
    // The document's URLs follow the Host header of the request, which a proxy may have rewritten to a name that only
    // browsers can reach. Keys come from the host that the operator configured, whatever the document says.
    const { pathname, search } = new URL(document.jwks_uri)
    return new URL(pathname + search, url).href
  }

  async #get(url: string): Promise<unknown> {
    const { status, body } = await fetchJson(url, { timeoutMs: this.#options.timeoutMs, fetch: this.#fetch })
    if (status !== 200) throw new Error(`${url} answered with status ${status}`)
    return body
  }

  #accept(fetched: VerificationKey[]): void {
    // An issuer without keys cannot have issued anything: a broken answer, not a rotation.
    if (fetched.length === 0) throw new Error(`${this.#jwksUrl} holds no public signature key`)
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
    this.#nextBackgroundFetchAt = this.#fetchedAt + this.#options.maxAgeMs
    this.#failure = undefined
  }

  #fail(error: unknown): never {
    this.#failure = error
    // Discovery is asked again next time: what it said may be what is wrong.
    this.#jwksUrl = undefined
    const discoveryUrl = discoveryUrlOf(this.#baseUrl)
    this.#options.onFetchFailed?.({ discoveryUrl, error, lastFetchedAt: this.#fetchedAt })
    throw new AuthError(
      'keys_unavailable',
      `The keys of ${this.#baseUrl} cannot be fetched: ${messageOf(error)}`,
      {
        cause: error,
        retryAfter: Math.max(1, Math.ceil(this.#options.cooldownMs / 1_000)),
      },
    )
  }
}

function isDiscoveryDocument(value: unknown): value is { issuer: string; jwks_uri: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'issuer' in value &&
    typeof value.issuer === 'string' &&
    'jwks_uri' in value &&
    typeof value.jwks_uri === 'string' &&
    URL.canParse(value.jwks_uri)
  )
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // fetch says "fetch failed" and keeps the reason in its cause.
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
