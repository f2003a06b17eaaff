import type { LogoutTarget, Session } from './session.js'

/**
 * Where sessions are between requests: in the cookies themselves (`CookieSessions`) or in a store (`StoredSessions`).
 * A *ticket* is what the cookie carries, beside the time of its last use.
 */
export interface SessionPlace {
  /** Keeps a new session. */
  begin(session: Session): Promise<void>
  /** What the cookie of a session carries. */
  ticketOf(session: Session): unknown
  /** The session in its newest known state; undefined when it has ended. */
  find(ticket: unknown): Promise<Session | undefined>
  /** A newer ticket than this one, where the cookie has to be replaced. Answers from memory. */
  newerTicket(ticket: unknown): unknown
  /**
   * Renews a session, one refresh at a time: who comes while it runs, or with an older state, gets its outcome.
   *
   * @param refresh - gives the renewed session; undefined when Logto has ended the grant, which ends the session.
   * @returns undefined when the session has ended.
   */
  renew(session: Session, refresh: Refresh): Promise<Session | undefined>
  end(session: Session): Promise<void>
  /** Ends the sessions that a logout token means. */
  endAll(target: LogoutTarget): Promise<void>
  /** Deletes what has expired, for stores that do not do it themselves. Gives how many records went. */
  removeExpired(): Promise<number>
}

export type Refresh = (session: Session) => Promise<Session | undefined>
