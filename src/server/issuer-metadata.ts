import { discoveryUrlOf } from '../logto/index.js'
import { isObject } from '../logto/is-object.js'
import { fetchJson } from './fetch-json.js'
import { type Moment, moment, msBetween } from './moment.js'

/** URLs of an issuer, by their names in its discovery document (OpenID Connect Discovery 1.0, section 3). */
export type EndpointName =
  | 'authorization_endpoint'
  | 'end_session_endpoint'
  | 'jwks_uri'
  | 'revocation_endpoint'
  | 'token_endpoint'

/** Which issuer is asked, and how. */
export interface IssuerMetadataOptions {
  /** The issuer's URL as this process reaches it, `http://logto:3001/oidc`. */
  baseUrl: string
  /** Expected `iss`. Undefined takes the one that the discovery document names. */
  issuer?: string | undefined
  /** Longest wait for one answer, in milliseconds. */
  timeoutMs?: number | undefined
  /** Age at which the document is fetched again, in milliseconds. */
  maxAgeMs?: number | undefined
  fetch?: typeof fetch | undefined
}

/** Long enough for a busy Logto, short enough that a request can still be answered with 503. */
const DEFAULT_TIMEOUT_MS = 5_000
/** How old a discovery document or key set may become: a rotated key is withdrawn within this time. */
export const DEFAULT_MAX_AGE_MS = 300_000

/** The discovery document of one issuer: one fetch at a time, kept for `maxAgeMs`. A failure is never kept. */
export class IssuerMetadata {
  readonly baseUrl: string
  readonly discoveryUrl: string
  readonly #configuredIssuer: string | undefined
  readonly #maxAgeMs: number
  readonly #transport: { timeoutMs: number; fetch: typeof fetch | undefined }
  #last: IssuerDocument | undefined
  /** When the last document was asked for; undefined when the next `fresh()` has to ask again. */
  #askedAt: Moment | undefined
  #pending: Promise<IssuerDocument> | undefined

  constructor({
    baseUrl,
    issuer,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    maxAgeMs = DEFAULT_MAX_AGE_MS,
    fetch,
  }: IssuerMetadataOptions) {
    this.baseUrl = baseUrl
    this.discoveryUrl = discoveryUrlOf(baseUrl)
    this.#configuredIssuer = issuer
    this.#maxAgeMs = maxAgeMs
    this.#transport = { timeoutMs, fetch }
  }

  /** The issuer, configured or discovered; undefined while it is neither. */
  get knownIssuer(): string | undefined {
    return this.#configuredIssuer ?? this.#last?.issuer
  }

  /** The document that was fetched last, however old; undefined while there is none. */
  get last(): IssuerDocument | undefined {
    return this.#last
  }

  /** Resolves with a document of at most `maxAgeMs`. @throws Error when Logto cannot be asked. */
  async fresh(): Promise<IssuerDocument> {
    if (this.#last && this.#askedAt && msBetween(this.#askedAt, moment()) < this.#maxAgeMs) return this.#last
    this.#pending ??= this.#read().finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  /** Makes the next `fresh()` ask Logto again: what the document says may be what is wrong. */
  expire(): void {
    this.#askedAt = undefined
  }

  /** Fetches JSON from one of the issuer's URLs. @throws Error for another status than 200, and as `fetchJson`. */
  async getJson(url: string): Promise<unknown> {
    const { status, body } = await fetchJson(url, this.#transport)
    if (status !== 200) throw new Error(`${url} answered with status ${status}`)
    return body
  }

  async #read(): Promise<IssuerDocument> {
    const askedAt = moment()
    const body = await this.getJson(this.discoveryUrl)
    this.#last = new IssuerDocument(body, this.baseUrl, this.#configuredIssuer)
    this.#askedAt = askedAt
    return this.#last
  }
}

/** A discovery document. Its own URLs follow the Host header of the request, so their hosts are replaced. */
export class IssuerDocument {
  /** `iss` of the issuer's tokens. */
  readonly issuer: string
  readonly #document: unknown
  readonly #baseUrl: string

  /** @throws Error when the document lacks `issuer` or `jwks_uri`. */
  constructor(document: unknown, baseUrl: string, configuredIssuer: string | undefined) {
    this.#document = document
    this.#baseUrl = baseUrl
    this.issuer = configuredIssuer ?? this.#urlOf('issuer')
    this.#urlOf('jwks_uri')
  }

  /** Returns a URL that this process calls, on the host that the operator configured. @throws Error when it is absent. */
  internalUrl(name: EndpointName): string {
    return onHostOf(this.#baseUrl, this.#urlOf(name))
  }

  #urlOf(name: 'issuer' | EndpointName): string {
    const value = isObject(this.#document) ? this.#document[name] : undefined
    if (typeof value === 'string' && URL.canParse(value)) return value
    const url = discoveryUrlOf(this.#baseUrl)
    throw new Error(
      `${url} is no discovery document: it lacks "${name}", or has no URL there. Is this the Logto endpoint?`,
    )
  }
}

/**
 * Returns a URL with the host of another. The Host header decides the hosts in the document, and a proxy may have
 * rewritten it to a name that only browsers can reach. A document must not be able to send our secrets elsewhere, either.
 */
export function onHostOf(baseUrl: string, url: string): string {
  const { pathname, search } = new URL(url)
  return new URL(pathname + search, baseUrl).href
}
