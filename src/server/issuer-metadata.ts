import { discoveryUrlOf } from '../logto/index.js'
import { isObject } from '../logto/is-object.js'
import { quoted } from './auth-error.js'
import { fetchJson } from './fetch-json.js'
import { isWebUrl, onHostOf } from './logto-url.js'
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
  /** Expected `iss`, which the discovery document must name. Undefined takes what it names. */
  issuer?: string | undefined
  /** Further issuers that the document may name: an operator listed them for the same URL, as names of one Logto. */
  otherNames?: readonly string[] | undefined
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
  readonly #otherNames: readonly string[]
  readonly #maxAgeMs: number
  readonly #transport: { timeoutMs: number; fetch: typeof fetch | undefined }
  #last: IssuerDocument | undefined
  /** When the last document was asked for; undefined when the next `fresh()` has to ask again. */
  #askedAt: Moment | undefined
  #pending: Promise<IssuerDocument> | undefined

  constructor({
    baseUrl,
    issuer,
    otherNames = [],
    timeoutMs = DEFAULT_TIMEOUT_MS,
    maxAgeMs = DEFAULT_MAX_AGE_MS,
    fetch,
  }: IssuerMetadataOptions) {
    this.baseUrl = baseUrl
    this.discoveryUrl = discoveryUrlOf(baseUrl)
    this.#configuredIssuer = issuer
    this.#otherNames = otherNames
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

  /** Resolves with a document of at most `maxAgeMs`. @throws Error when Logto cannot be asked; UnexpectedIssuerError. */
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
    const document = new IssuerDocument(body, this.baseUrl, this.#configuredIssuer)
    this.#assertExpected(document.namedIssuer)
    this.#last = document
    this.#askedAt = askedAt
    return this.#last
  }

  // OpenID Connect Discovery 1.0, section 4.3. Logto's issuer comes from its ENDPOINT setting and not from the Host header,
  // so that this holds behind proxies and in Docker too.
  #assertExpected(named: string): void {
    const expected = this.#configuredIssuer
    if (expected === undefined || named === expected || this.#otherNames.includes(named)) return
    throw new UnexpectedIssuerError(this.discoveryUrl, expected, named)
  }
}

/** A discovery document is of another issuer than the one that the operator configured. */
export class UnexpectedIssuerError extends Error {
  override readonly name = 'UnexpectedIssuerError'
  /** What the operator can do. */
  readonly remedy: string

  constructor(discoveryUrl: string, expected: string, found: string) {
    super(`Expected the issuer ${quoted(expected)} in ${discoveryUrl}, got ${quoted(found)}`)
    this.remedy = `set \`issuer\` to ${quoted(found)} if that is your Logto, else correct \`logtoEndpoint\``
  }
}

/** A discovery document. Its own URLs follow the Host header of the request, so their hosts are replaced. */
export class IssuerDocument {
  /** `iss` of the issuer's tokens. */
  readonly issuer: string
  /** The issuer that the document itself names. */
  readonly namedIssuer: string
  readonly #document: unknown
  readonly #baseUrl: string

  /** @throws Error when the document lacks `issuer` or `jwks_uri`, or one of them is no http(s) URL. */
  constructor(document: unknown, baseUrl: string, configuredIssuer: string | undefined) {
    this.#document = document
    this.#baseUrl = baseUrl
    this.namedIssuer = this.#urlOf('issuer')
    this.issuer = configuredIssuer ?? this.namedIssuer
    this.#urlOf('jwks_uri')
  }

  /** Whether every answer to an authorization request names the issuer (RFC 9207, section 3). */
  get alwaysNamesItself(): boolean {
    return isObject(this.#document) && this.#document.authorization_response_iss_parameter_supported === true
  }

  /** Returns a URL that this process calls, on the host that the operator configured. @throws Error when it is absent. */
  internalUrl(name: EndpointName): string {
    return onHostOf(this.#baseUrl, this.#urlOf(name))
  }

  #urlOf(name: 'issuer' | EndpointName): string {
    const value = isObject(this.#document) ? this.#document[name] : undefined
    if (isWebUrl(value)) return value
    const url = discoveryUrlOf(this.#baseUrl)
    throw new Error(
      `${url} is no discovery document: it lacks "${name}", or has no http(s) URL there. Is this the Logto endpoint?`,
    )
  }
}
