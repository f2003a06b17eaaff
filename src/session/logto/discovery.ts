import { discoveryUrlOf, issuerOf } from '../../logto/index.js'
import { isObject } from '../../logto/is-object.js'
import { fetchJson } from '../../server/fetch-json.js'

/** How long a discovery document is used, in milliseconds. */
const MAX_AGE_MS = 300_000

/** Logto's endpoints, by their names in the discovery document. */
export interface LogtoEndpoints {
  issuer: string
  authorization_endpoint: string
  end_session_endpoint: string
  token_endpoint: string
  revocation_endpoint: string
  userinfo_endpoint: string
  jwks_uri: string
}

interface DiscoveryOptions {
  logtoEndpoint: string
  issuer: string | undefined
  timeoutMs: number
  fetch: typeof fetch | undefined
}

/**
 * Logto's discovery document. The URLs in it follow the host by which it was asked, while its issuer is the public one:
 * so what browsers open is put on the issuer's host, and what this process calls on the one that it was told.
 */
export class Discovery {
  readonly url: string
  readonly #options: DiscoveryOptions
  #endpoints: LogtoEndpoints | undefined
  #fetchedAt = 0
  #pending: Promise<LogtoEndpoints> | undefined

  constructor(options: DiscoveryOptions) {
    this.#options = options
    this.url = discoveryUrlOf(issuerOf(options.logtoEndpoint))
  }

  /** One fetch at a time; through an outage the last good document serves. @throws Error when there is none yet. */
  async endpoints(): Promise<LogtoEndpoints> {
    if (this.#endpoints && Date.now() - this.#fetchedAt < MAX_AGE_MS) return this.#endpoints
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined
    })
    try {
      return await this.#pending
    } catch (error) {
      if (this.#endpoints) return this.#endpoints
      throw error
    }
  }

  async #fetch(): Promise<LogtoEndpoints> {
    const { timeoutMs, fetch } = this.#options
    const { status, body } = await fetchJson(this.url, { timeoutMs, fetch })
    if (status !== 200) throw new Error(`${this.url} answered with status ${status}`)
    this.#endpoints = this.#placed(body)
    this.#fetchedAt = Date.now()
    return this.#endpoints
  }

  #placed(document: unknown): LogtoEndpoints {
    const read = (name: keyof LogtoEndpoints): string => {
      const value = isObject(document) ? document[name] : undefined
      if (typeof value === 'string' && URL.canParse(value)) return value
      throw new Error(`${this.url} is no discovery document: it lacks "${name}". Is this the Logto endpoint?`)
    }
    const issuer = this.#options.issuer ?? read('issuer')
    const forBrowser = (name: keyof LogtoEndpoints) => moved(read(name), issuer)
    const forUs = (name: keyof LogtoEndpoints) => moved(read(name), this.#options.logtoEndpoint)
    return {
      issuer,
      authorization_endpoint: forBrowser('authorization_endpoint'),
      end_session_endpoint: forBrowser('end_session_endpoint'),
      token_endpoint: forUs('token_endpoint'),
      revocation_endpoint: forUs('revocation_endpoint'),
      userinfo_endpoint: forUs('userinfo_endpoint'),
      jwks_uri: forUs('jwks_uri'),
    }
  }
}

function moved(url: string, to: string): string {
  const { pathname, search } = new URL(url)
  return new URL(pathname + search, to).href
}
