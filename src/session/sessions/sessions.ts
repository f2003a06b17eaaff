import { isObject } from '../../logto/is-object.js'
import { AuthError } from '../../server/auth-error.js'
import { headerOf, type RequestHeaders } from '../../server/bearer-token.js'
import type { AccessTokenClaims } from '../../server/claims.js'
import { ChunkedCookie } from '../cookie/chunked-cookie.js'
import { Seal } from '../cookie/seal.js'
import { SessionError } from '../errors.js'
import { isGrantEnded } from '../logto/logto-answer.js'
import type { Grant, LogtoApplication } from '../logto/logto-application.js'
import type { Settings } from '../options.js'
import { publicAddressOf } from '../request/public-address.js'
import { assertSameOrigin, isSafe } from '../request/same-origin.js'
import { StoredSessions } from '../store/stored-sessions.js'
import { CookieSessions } from './cookie-sessions.js'
import { type LogoutTarget, nowInSeconds, type Session } from './session.js'
import type { SessionPlace } from './session-place.js'

/** What a session cookie says, opened. */
interface Pass {
  ticket: unknown
  /** When the cookie was made, in seconds: it is made again while it is used. */
  seenAt: number
}

type Found = { session: Session; pass: Pass } | 'none' | 'ended'

/** The sessions of an application: from a request's cookie to a session that can be used, and back to `Set-Cookie`. */
export class Sessions {
  readonly #settings: Settings
  readonly #logto: LogtoApplication
  readonly #seal: Seal
  readonly #cookie: ChunkedCookie
  readonly #place: SessionPlace
  /** Opened cookies whose session has ended: the answer takes them away. */
  readonly #ended = new WeakSet<Pass>()

  constructor(settings: Settings, logto: LogtoApplication) {
    const { cookieSecrets, appId, store, timeoutMs } = settings
    this.#settings = settings
    this.#logto = logto
    this.#seal = new Seal(cookieSecrets, `${appId} cookie`)
    this.#cookie = new ChunkedCookie(settings.cookieName)
    this.#place = store
      ? new StoredSessions(store, new Seal(cookieSecrets, `${appId} store`), timeoutMs)
      : new CookieSessions()
  }

  /** The session of a request, whether or not its access token has expired; undefined when there is none. */
  async find(headers: RequestHeaders): Promise<Session | undefined> {
    const found = await this.#find(headers)
    return typeof found === 'string' ? undefined : found.session
  }

  /**
   * Claims of the session's access token, renewed when it is about to expire.
   *
   * @throws SessionError `signed_out`, `session_ended`, `logto_unavailable`; AuthError when the renewed token is refused.
   */
  async claimsOf(headers: RequestHeaders): Promise<AccessTokenClaims> {
    const found = await this.#find(headers)
    if (found === 'none') throw new SessionError('signed_out')
    if (found === 'ended') throw new SessionError('session_ended')
    const { session, pass } = found
    const claims = await this.#claimsWhileFresh(session)
    if (claims) return claims
    const renewed = await this.#renew(session)
    if (renewed) return this.#logto.verifyAccessToken(renewed.accessToken)
    this.#ended.add(pass)
    throw new SessionError('session_ended')
  }

  /** Begins a session, in place of the one that the browser had. Gives its `Set-Cookie` lines. */
  async begin(headers: RequestHeaders, { identity, ...grant }: Grant): Promise<string[]> {
    if (!identity) throw new Error('A sign-in brings an ID token')
    const { issuedAt, ...rest } = identity
    const session: Session = {
      ...rest,
      ...tokensOf(grant),
      // New at every sign-in: an id that somebody put into this browser before is worth nothing afterwards.
      id: crypto.randomUUID(),
      generation: 0,
      signedInAt: issuedAt,
      expiresAt: nowInSeconds() + this.#settings.lifetimeSeconds,
    }
    const lines = await this.#write(this.#place.ticketOf(session), session.expiresAt, headers)
    const before = await this.find(headers)
    await this.#place.begin(session)
    if (before) await this.#place.end(before)
    return lines
  }

  /** Ends the session of a request. Gives what it was, and the `Set-Cookie` lines that take its cookie away. */
  async end(headers: RequestHeaders): Promise<{ session: Session | undefined; cookies: string[] }> {
    const session = await this.find(headers)
    if (session) await this.#place.end(session)
    return { session, cookies: this.#clear(headers) }
  }

  endAll(target: LogoutTarget): Promise<void> {
    return this.#place.endAll(target)
  }

  removeExpired(): Promise<number> {
    return this.#place.removeExpired()
  }

  /** @throws SessionError `cross_site_request` for a request that carries a session and may come from another site. */
  assertNotForged(method: string, headers: RequestHeaders): void {
    if (isSafe(method) || this.#valueIn(headers) === undefined) return
    assertSameOrigin(headers, publicAddressOf(this.#settings, headers).origin)
  }

  /** Whether an answer says already what becomes of the session cookie. */
  isCookieIn(headers: Headers): boolean {
    return headers.getSetCookie().some((line) => this.#cookie.isSetBy(line))
  }

  /** `Set-Cookie` lines that the answer to a request carries: a renewed cookie, or its removal. Mostly none. */
  async cookiesFor(headers: RequestHeaders): Promise<string[]> {
    const value = this.#valueIn(headers)
    if (value === undefined) return []
    const opened = await this.#open(value)
    if (!opened || this.#ended.has(opened.pass) || this.#isIdle(opened.pass)) return this.#clear(headers)
    const { pass, isOutdated } = opened
    const newer = this.#place.newerTicket(pass.ticket)
    if (newer === undefined && !isOutdated && !this.#isDue(pass)) return []
    const session = await this.#place.find(pass.ticket)
    return session ? this.#write(newer ?? pass.ticket, session.expiresAt, headers) : this.#clear(headers)
  }

  async #find(headers: RequestHeaders): Promise<Found> {
    const value = this.#valueIn(headers)
    const opened = value === undefined ? undefined : await this.#open(value)
    if (!opened) return 'none'
    const { pass } = opened
    const session = this.#isIdle(pass) ? undefined : await this.#place.find(pass.ticket)
    if (session && session.expiresAt > nowInSeconds()) return { session, pass }
    this.#ended.add(pass)
    return 'ended'
  }

  async #claimsWhileFresh(session: Session): Promise<AccessTokenClaims | undefined> {
    if (session.accessTokenExpiresAt - nowInSeconds() <= this.#settings.expiryLeewaySeconds) return undefined
    try {
      return await this.#logto.verifyAccessToken(session.accessToken)
    } catch (error) {
      // Logto's keys were rotated: what it signs now will pass.
      if (error instanceof AuthError && error.status === 401) return undefined
      throw error
    }
  }

  #renew(session: Session): Promise<Session | undefined> {
    return this.#place.renew(session, async (current) => {
      if (current.refreshToken === undefined) return undefined
      try {
        return renewed(current, await this.#logto.refresh(current.refreshToken))
      } catch (error) {
        if (isGrantEnded(error)) return undefined
        // Logto is away for a moment, and what we have still counts.
        if (current.accessTokenExpiresAt > nowInSeconds()) return current
        this.#settings.onError(error)
        throw new SessionError('logto_unavailable', { cause: error })
      }
    })
  }

  #isIdle({ seenAt }: Pass): boolean {
    return nowInSeconds() - seenAt > this.#settings.idleSeconds
  }

  /** A cookie in use is made again after a tenth of the time that it may be idle, at most every five minutes. */
  #isDue({ seenAt }: Pass): boolean {
    return nowInSeconds() - seenAt > Math.max(Math.min(this.#settings.idleSeconds / 10, 300), 1)
  }

  #valueIn(headers: RequestHeaders): string | undefined {
    const header = headerOf(headers, 'cookie')
    return header === undefined
      ? undefined
      : this.#cookie.read(header, publicAddressOf(this.#settings, headers))
  }

  async #open(value: string): Promise<{ pass: Pass; isOutdated: boolean } | undefined> {
    const opened = await this.#seal.open(value)
    return opened && isPass(opened.value) ? { pass: opened.value, isOutdated: opened.isOutdated } : undefined
  }

  async #write(ticket: unknown, expiresAt: number, headers: RequestHeaders): Promise<string[]> {
    const now = nowInSeconds()
    const pass: Pass = { ticket, seenAt: Math.floor(now) }
    const maxAge = Math.min(this.#settings.idleSeconds, expiresAt - now)
    const address = publicAddressOf(this.#settings, headers)
    return this.#cookie.write(await this.#seal.seal(pass), maxAge, headerOf(headers, 'cookie'), address)
  }

  #clear(headers: RequestHeaders): string[] {
    return this.#cookie.clear(headerOf(headers, 'cookie'), publicAddressOf(this.#settings, headers))
  }
}

function renewed(session: Session, { identity, ...grant }: Grant): Session {
  if (grant.accessTokenClaims.sub !== session.userId)
    throw new Error('The refresh gave a token of another user')
  return {
    ...session,
    ...tokensOf(grant),
    generation: session.generation + 1,
    profile: identity?.profile ?? session.profile,
  }
}

function tokensOf({ accessToken, accessTokenClaims, refreshToken }: Omit<Grant, 'identity'>) {
  const accessTokenExpiresAt = accessTokenClaims.exp
  return { accessToken, accessTokenExpiresAt, ...(refreshToken !== undefined && { refreshToken }) }
}

function isPass(value: unknown): value is Pass {
  return isObject(value) && typeof value.seenAt === 'number' && 'ticket' in value
}
