import { headerOf, type RequestHeaders } from '../server/bearer-token.js'
import { ChunkedCookie } from './chunked-cookie.js'
import { hasFields } from './has-fields.js'
import type { Settings } from './options.js'
import { publicAddressOf } from './public-address.js'
import { Seal } from './seal.js'
import { nowInSeconds } from './session.js'

/** The session cookie of a request, opened. */
export interface SentCookie {
  /** What the session backend put in. The same object for every request with this cookie. */
  ticket: object
  /** Not used for longer than `idleSeconds`. */
  isIdle: boolean
  /** To be made again while it is used, or because its secret was rotated. */
  isDue: boolean
}

/** The session cookie: sealed, in as many pieces as needed, with the time when it was made. */
export class SessionCookie {
  readonly #settings: Settings
  readonly #seal: Seal
  readonly #cookie: ChunkedCookie

  constructor(settings: Settings) {
    this.#settings = settings
    this.#seal = new Seal(settings.cookieSecrets, `${settings.appId} cookie`)
    this.#cookie = new ChunkedCookie(settings.cookieName)
  }

  /** Whether a request carries the cookie, genuine or not. */
  isSent(headers: RequestHeaders): boolean {
    return this.#sentIn(headers).isPresent
  }

  /** Whether a request carries it more than once. Then nobody is signed in. */
  isAmbiguous(headers: RequestHeaders): boolean {
    return this.#sentIn(headers).isAmbiguous
  }

  /** Returns the cookie of a request; undefined when there is none, or not the one, that this application made. */
  async read(headers: RequestHeaders): Promise<SentCookie | undefined> {
    const { value } = this.#sentIn(headers)
    const opened = value === undefined ? undefined : await this.#seal.open(value)
    if (!opened || !hasFields(opened.value, { ticket: 'object', seenAt: 'number' })) return undefined
    const { ticket, seenAt } = opened.value
    const { idleSeconds } = this.#settings
    const age = nowInSeconds() - seenAt
    // A cookie in use is made again after a tenth of the time that it may be idle, at most every five minutes.
    const isOld = age > Math.max(Math.min(idleSeconds / 10, 300), 1)
    return { ticket, isIdle: age > idleSeconds, isDue: isOld || opened.isOutdated }
  }

  /** Returns `Set-Cookie` lines for a ticket, used now. @throws SessionError `session_too_large`. */
  async write(ticket: object, expiresAt: number, headers: RequestHeaders): Promise<string[]> {
    const now = nowInSeconds()
    const value = await this.#seal.seal({ ticket, seenAt: Math.floor(now) })
    const maxAge = Math.min(this.#settings.idleSeconds, expiresAt - now)
    const address = publicAddressOf(this.#settings, headers)
    return this.#cookie.write(value, maxAge, headerOf(headers, 'cookie'), address)
  }

  /** Returns `Set-Cookie` lines that remove the cookie of a request. */
  clear(headers: RequestHeaders): string[] {
    return this.#cookie.clear(headerOf(headers, 'cookie'), publicAddressOf(this.#settings, headers))
  }

  /** Whether an answer already sets or removes the cookie. */
  isSetIn(headers: Headers): boolean {
    return headers.getSetCookie().some((line) => this.#cookie.isSetBy(line))
  }

  #sentIn(headers: RequestHeaders) {
    return this.#cookie.sentIn(headerOf(headers, 'cookie'), publicAddressOf(this.#settings, headers))
  }
}
