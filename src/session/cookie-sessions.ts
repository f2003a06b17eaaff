import { BoundedMap } from '../logto/bounded-map.js'
import {
  isSession,
  isTarget,
  type LogoutTarget,
  type Refresh,
  type Session,
  type SessionBackend,
} from './session.js'

/** Sessions whose newest state is remembered for requests that carry an older one. About 2 kB each. */
const MAX_RENEWED = 10_000
/** Ends that are remembered. A session that ended is forgotten here only after as many later ends. */
const MAX_ENDED = 100_000

/**
 * The session is the cookie. A process remembers two things beside it. The newest state of sessions that it renewed,
 * because browsers send requests before they have seen the answer with the new cookie. And which sessions ended, because
 * a copied cookie still opens. A restart forgets both: a copy of a cookie that was signed out then counts until its
 * access token expires, for its refresh token is revoked. A store has no such gap.
 */
export class CookieSessions implements SessionBackend {
  readonly #renewed = new BoundedMap<Session>(MAX_RENEWED)
  readonly #ended = new BoundedMap<true>(MAX_ENDED)
  readonly #logouts = new BoundedMap<LogoutTarget>(MAX_ENDED)

  async begin(): Promise<void> {}

  ticketOf(session: Session): object {
    return { session }
  }

  async find(ticket: object): Promise<Session | undefined> {
    const session = sessionOf(ticket)
    return session && !this.#hasEnded(session) ? this.#newest(session) : undefined
  }

  newerTicket(ticket: object): object | undefined {
    const session = sessionOf(ticket)
    const newest = session && this.#newest(session)
    return newest && newest !== session ? this.ticketOf(newest) : undefined
  }

  async renew(session: Session, refresh: Refresh): Promise<Session | undefined> {
    const newest = this.#newest(session)
    if (newest.generation > session.generation) return newest
    const renewed = await refresh(newest)
    if (!renewed) this.#ended.set(session.id, true)
    // Signed out while Logto was asked.
    if (!renewed || this.#hasEnded(renewed)) return undefined
    this.#renewed.set(renewed.id, renewed)
    return renewed
  }

  async end(session: Session): Promise<void> {
    this.#ended.set(session.id, true)
    this.#renewed.delete(session.id)
  }

  async endAll(target: LogoutTarget): Promise<void> {
    const { userId, logtoSessionId } = target
    // A logout of one Logto session is filed under its user too, for sessions that do not know their `sid`.
    const keys =
      logtoSessionId === undefined
        ? [`user ${userId}`]
        : [`session ${logtoSessionId}`, `session of ${userId}`]
    for (const key of keys) {
      const known = this.#logouts.get(key)
      if (!known || known.issuedAt < target.issuedAt) this.#logouts.set(key, target)
    }
  }

  async removeExpired(): Promise<number> {
    return 0
  }

  #newest(session: Session): Session {
    const renewed = this.#renewed.get(session.id)
    return renewed && renewed.generation > session.generation ? renewed : session
  }

  #hasEnded(session: Session): boolean {
    if (this.#ended.get(session.id)) return true
    const { userId, logtoSessionId } = session
    return [`user ${userId}`, `session of ${userId}`, `session ${logtoSessionId}`].some((key) => {
      const target = this.#logouts.get(key)
      return target !== undefined && isTarget(session, target)
    })
  }
}

function sessionOf(ticket: object): Session | undefined {
  return 'session' in ticket && isSession(ticket.session) ? ticket.session : undefined
}
