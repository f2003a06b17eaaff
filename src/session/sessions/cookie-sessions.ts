import { BoundedMap } from '../../logto/bounded-map.js'
import { isObject } from '../../logto/is-object.js'
import { isSession, isTarget, type LogoutTarget, type Session } from './session.js'
import type { Refresh, SessionPlace } from './session-place.js'
import { SingleFlight } from './single-flight.js'

/** Sessions whose newest state is remembered for requests that carry an older one. About 2 kB each. */
const MAX_RENEWED = 10_000
/** Ends that are remembered. A session that ended is forgotten here only after as many later ends. */
const MAX_ENDED = 100_000

/**
 * The session is the cookie. What one process has to remember beside it: the newest state of sessions that it renewed,
 * because browsers send requests before they have seen the answer with the new cookie; and which sessions ended, because
 * a copied cookie still opens. A restart forgets both: a copy of a cookie that was signed out then counts until its
 * access token expires, for its refresh token is revoked. A store has no such gap.
 */
export class CookieSessions implements SessionPlace {
  readonly #renewed = new BoundedMap<Session>(MAX_RENEWED)
  readonly #ended = new BoundedMap<true>(MAX_ENDED)
  readonly #logouts = new BoundedMap<LogoutTarget>(MAX_ENDED)
  readonly #refreshes = new SingleFlight<Session | undefined>()

  async begin(): Promise<void> {}

  ticketOf(session: Session): unknown {
    return { session }
  }

  async find(ticket: unknown): Promise<Session | undefined> {
    const session = sessionOf(ticket)
    return session && !this.#hasEnded(session) ? this.#newest(session) : undefined
  }

  newerTicket(ticket: unknown): unknown {
    const session = sessionOf(ticket)
    const newest = session && this.#newest(session)
    return newest && newest !== session ? this.ticketOf(newest) : undefined
  }

  renew(session: Session, refresh: Refresh): Promise<Session | undefined> {
    return this.#refreshes.run(session.id, async () => {
      const newest = this.#newest(session)
      if (newest.generation > session.generation) return newest
      const renewed = await refresh(newest)
      if (!renewed) this.#ended.set(session.id, true)
      // Signed out while Logto was asked.
      if (!renewed || this.#hasEnded(renewed)) return undefined
      this.#renewed.set(renewed.id, renewed)
      return renewed
    })
  }

  async end(session: Session): Promise<void> {
    this.#ended.set(session.id, true)
    this.#renewed.delete(session.id)
  }

  async endAll(target: LogoutTarget): Promise<void> {
    for (const key of keysOf(target.userId, target.logtoSessionId)) {
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
    return [...keysOf(userId, undefined), ...keysOf(userId, logtoSessionId)].some((key) => {
      const target = this.#logouts.get(key)
      return target !== undefined && isTarget(session, target)
    })
  }
}

function sessionOf(ticket: unknown): Session | undefined {
  return isObject(ticket) && isSession(ticket.session) ? ticket.session : undefined
}

// A logout of one Logto session is filed under it, and under its user for sessions that do not know theirs.
function keysOf(userId: string | undefined, logtoSessionId: string | undefined): string[] {
  if (logtoSessionId === undefined) return [`user ${userId}`]
  return [`session ${logtoSessionId}`, `session of ${userId}`]
}
