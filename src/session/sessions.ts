import { AuthError } from '../server/auth-error.js'
import type { RequestHeaders } from '../server/bearer-token.js'
import type { AccessTokenClaims } from '../server/claims.js'
import { CookieSessions } from './cookie-sessions.js'
import { assertSameOrigin, isSafe } from './cross-site.js'
import { SessionError } from './errors.js'
import type { Grant, LogtoApplication } from './logto-application.js'
import { isGrantEnded } from './logto-requests.js'
import type { Settings } from './options.js'
import { publicAddressOf } from './public-address.js'
import { Seal } from './seal.js'
import { type LogoutTarget, nowInSeconds, type Session, type SessionBackend } from './session.js'
import { type SentCookie, SessionCookie } from './session-cookie.js'
import { StoredSessions } from './stored-sessions.js'

/** The sessions of an application: from a request's cookie to a session that can be used, and back to `Set-Cookie`. */
export class Sessions {
  readonly #settings: Settings
  readonly #logto: LogtoApplication
  readonly #cookie: SessionCookie
  readonly #backend: SessionBackend
  /** Renewals under way, by session id: requests that come meanwhile share them. */
  readonly #renewals = new Map<string, Promise<Session | undefined>>()
  /** Tickets whose session has ended: the answer removes their cookie. */
  readonly #ended = new WeakSet<object>()

  constructor(settings: Settings, logto: LogtoApplication) {
    const { cookieSecrets, appId, store, timeoutMs } = settings
    this.#settings = settings
    this.#logto = logto
    this.#cookie = new SessionCookie(settings)
    this.#backend = store
      ? new StoredSessions(store, new Seal(cookieSecrets, `${appId} store`), timeoutMs)
      : new CookieSessions()
  }

  /** Returns the session of a request, whether or not its access token has expired; undefined when there is none. */
  async find(headers: RequestHeaders): Promise<Session | undefined> {
    const cookie = await this.#cookie.read(headers)
    return cookie && this.#findBy(cookie)
  }

  /**
   * Returns the claims of the session's access token, which is renewed when it is about to expire.
   *
   * @throws SessionError `signed_out`, `session_ended`, `logto_unavailable`; AuthError when the renewed token is refused.
   */
  async claimsOf(headers: RequestHeaders): Promise<AccessTokenClaims> {
    const cookie = await this.#cookie.read(headers)
    if (!cookie) throw new SessionError('signed_out')
    const session = await this.#findBy(cookie)
    const claims = session && (await this.#claimsWhileFresh(session))
    if (claims) return claims
    const renewed = session && (await this.#renew(session))
    if (renewed) return this.#logto.verifyAccessToken(renewed.accessToken)
    this.#ended.add(cookie.ticket)
    throw new SessionError('session_ended')
  }

  /** Begins a session, in place of the one that the browser had. Returns its `Set-Cookie` lines. */
  async begin(headers: RequestHeaders, { identity, ...grant }: Grant): Promise<string[]> {
    if (!identity) throw new Error('A sign-in brings an ID token')
    const { issuedAt, ...rest } = identity
    const session: Session = {
      ...rest,
      ...tokensOf(grant),
      // New at every sign-in: an id that was planted in this browser before is worth nothing afterwards.
      id: crypto.randomUUID(),
      generation: 0,
      signedInAt: issuedAt,
      expiresAt: nowInSeconds() + this.#settings.lifetimeSeconds,
    }
    const lines = await this.#cookie.write(this.#backend.ticketOf(session), session.expiresAt, headers)
    const before = await this.find(headers)
    await this.#backend.begin(session)
    if (before) await this.#backend.end(before)
    return lines
  }

  /** Ends the session of a request. Returns what it was, and the `Set-Cookie` lines that remove its cookie. */
  async end(headers: RequestHeaders): Promise<{ session: Session | undefined; cookies: string[] }> {
    const session = await this.find(headers)
    if (session) await this.#backend.end(session)
    return { session, cookies: this.#cookie.clear(headers) }
  }

  /** Ends the session of a request whose answer is still to come: that answer removes its cookie. */
  async endWithAnswer(headers: RequestHeaders): Promise<void> {
    const cookie = await this.#cookie.read(headers)
    if (!cookie) return
    const session = await this.#findBy(cookie)
    this.#ended.add(cookie.ticket)
    if (session) await this.#backend.end(session)
  }

  /** Whether a request carries the session's cookie, genuine or not. */
  isSent(headers: RequestHeaders): boolean {
    return this.#cookie.isSent(headers)
  }

  endAll(target: LogoutTarget): Promise<void> {
    return this.#backend.endAll(target)
  }

  removeExpired(): Promise<number> {
    return this.#backend.removeExpired()
  }

  /** @throws SessionError `cross_site_request` for a request that carries a session and may come from another site. */
  assertNotForged(method: string, headers: RequestHeaders): void {
    if (isSafe(method) || !this.isSent(headers)) return
    assertSameOrigin(headers, publicAddressOf(this.#settings, headers).origin)
  }

  /** `Set-Cookie` lines to add to an answer: a renewed cookie, or its removal. None if the answer has its own. */
  async cookiesFor(headers: RequestHeaders, answer: Headers): Promise<string[]> {
    if (!this.isSent(headers) || this.#cookie.isSetIn(answer)) return []
    // Removing ours would leave the other one alone, and the next request would be taken for its maker's.
    if (this.#cookie.isAmbiguous(headers)) return []
    const cookie = await this.#cookie.read(headers)
    if (!cookie || cookie.isIdle || this.#ended.has(cookie.ticket)) return this.#cookie.clear(headers)
    const newer = this.#backend.newerTicket(cookie.ticket)
    if (!newer && !cookie.isDue) return []
    const session = await this.#backend.find(cookie.ticket)
    return session
      ? this.#cookie.write(newer ?? cookie.ticket, session.expiresAt, headers)
      : this.#cookie.clear(headers)
  }

  async #findBy({ ticket, isIdle }: SentCookie): Promise<Session | undefined> {
    const session = isIdle ? undefined : await this.#backend.find(ticket)
    if (session && session.expiresAt > nowInSeconds()) return session
    this.#ended.add(ticket)
    return undefined
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
    const running = this.#renewals.get(session.id)
    if (running) return running
    const renewal = this.#backend
      .renew(session, (current) => this.#refreshed(current))
      .finally(() => this.#renewals.delete(session.id))
    this.#renewals.set(session.id, renewal)
    return renewal
  }

  async #refreshed(session: Session): Promise<Session | undefined> {
    if (session.refreshToken === undefined) return undefined
    try {
      const { identity, ...grant } = await this.#logto.refresh(session.refreshToken)
      if (grant.accessTokenClaims.sub !== session.userId) {
        throw new Error('The refresh brought a token of another user')
      }
      const profile = identity?.profile ?? session.profile
      return { ...session, ...tokensOf(grant), generation: session.generation + 1, profile }
    } catch (error) {
      if (isGrantEnded(error)) return undefined
      // Logto is away for a moment, and the present token still counts.
      if (session.accessTokenExpiresAt > nowInSeconds()) return session
      this.#settings.onError(error)
      throw new SessionError('logto_unavailable', { cause: error })
    }
  }
}

function tokensOf({ accessToken, accessTokenClaims, refreshToken }: Omit<Grant, 'identity'>) {
  const accessTokenExpiresAt = accessTokenClaims.exp
  return { accessToken, accessTokenExpiresAt, ...(refreshToken !== undefined && { refreshToken }) }
}
