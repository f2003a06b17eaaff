import { BoundedMap } from '../logto/bounded-map.js'
import { headerOf, type RequestHeaders } from '../server/bearer-token.js'
import { nameOf, setCookie } from './chunked-cookie.js'
import { hasFields } from './has-fields.js'
import type { Settings } from './options.js'
import { type PublicAddress, publicAddressOf } from './public-address.js'
import { Seal } from './seal.js'
import { sentCookies } from './sent-cookies.js'
import { nowInSeconds } from './session.js'
import { isSignInSession, type SignInSession } from './sign-in-exchange.js'

/** Seconds that a person has to sign in, registration and e-mail codes included. */
const LIFETIME_SECONDS = 3_600
/** Attempts that one browser may have open, in as many tabs. */
const MAX_OPEN = 4
/** States of completed attempts that are remembered. */
const MAX_USED = 10_000

/** A sign-in that has begun in this browser. */
interface SignInAttempt extends SignInSession {
  /** Absolute URL of this application. */
  returnTo: string
  /** Seconds since the epoch. */
  expiresAt: number
}

/** An attempt whose cookie came with a request. */
export interface SentAttempt {
  attempt: SignInAttempt
  /** `Set-Cookie` lines that remove its cookie. */
  cookies: string[]
}

/**
 * Binds a callback to the browser that began the sign-in: what Logto's answer is checked against is in a sealed cookie
 * of that browser, one for each attempt, so that several tabs can sign in at once. An attempt is used once.
 */
export class SignInAttempts {
  readonly #settings: Settings
  readonly #seal: Seal
  readonly #used = new BoundedMap<true>(MAX_USED)

  constructor(settings: Settings) {
    this.#settings = settings
    this.#seal = new Seal(settings.cookieSecrets, `${settings.appId} sign-in`)
  }

  /** Returns `Set-Cookie` lines that keep a new attempt, and drop the oldest when there are too many. */
  async keep(session: SignInSession, returnTo: string, headers: RequestHeaders): Promise<string[]> {
    const address = publicAddressOf(this.#settings, headers)
    const attempt: SignInAttempt = { ...session, returnTo, expiresAt: nowInSeconds() + LIFETIME_SECONDS }
    const open = await this.#openAttempts(headers, address)
    const oldest = open.sort((a, b) => b.attempt.expiresAt - a.attempt.expiresAt).slice(MAX_OPEN - 1)
    const name = this.#nameOf(session.state, address)
    return [
      setCookie(name, await this.#seal.seal(attempt), LIFETIME_SECONDS, address),
      ...oldest.flatMap(({ cookies }) => cookies),
    ]
  }

  /**
   * Returns the attempt that a callback answers, and uses it up; `'unknown'` when this browser did not begin it, `'used'`
   * when it comes again.
   */
  async take(state: string, headers: RequestHeaders): Promise<SentAttempt | 'unknown' | 'used'> {
    const open = await this.#openAttempts(headers, publicAddressOf(this.#settings, headers))
    // After the cookies were opened: from here to `set` nothing else runs, so only one of two calls gets the attempt.
    if (this.#used.get(state)) return 'used'
    const found = open.find(({ attempt }) => attempt.state === state)
    if (!found) return 'unknown'
    this.#used.set(state, true)
    return found
  }

  async #openAttempts(headers: RequestHeaders, address: PublicAddress): Promise<SentAttempt[]> {
    const sent = sentCookies(headerOf(headers, 'cookie'), this.#nameOf('', address))
    const attempts = sent
      // A browser keeps one cookie of a name: of two, one is somebody else's.
      .filter(([name]) => sent.filter(([other]) => other === name).length === 1)
      .map(async ([name, value]) => {
        const attempt = (await this.#seal.open(value))?.value
        const isOpen = isSignInAttempt(attempt) && attempt.expiresAt > nowInSeconds()
        return isOpen ? [{ attempt, cookies: [setCookie(name, '', 0, address)] }] : []
      })
    return (await Promise.all(attempts)).flat()
  }

  // A name of its own for each attempt: two tabs that begin at once must not overwrite each other.
  #nameOf(state: string, address: PublicAddress): string {
    const part = state.replace(/[^\w-]/g, '').slice(0, 16)
    return nameOf(`${this.#settings.cookieName}-sign-in-${part}`, address)
  }
}

function isSignInAttempt(value: unknown): value is SignInAttempt {
  return hasFields(value, { returnTo: 'string', expiresAt: 'number' }) && isSignInSession(value)
}
