import { type FieldType, hasFields } from './has-fields.js'

/** What is known of the person, from the ID token of the last sign-in or refresh. */
export interface Profile {
  username?: string
  name?: string
  picture?: string
  email?: string
}

/** A person's sign-in on this application. A browser gets it sealed only. */
export interface Session {
  /** Random, new at every sign-in. */
  readonly id: string
  /** Counts the refreshes: of two states of one session the one with the higher count is the newer. */
  readonly generation: number
  /** Logto user id. */
  readonly userId: string
  /** `sid` of the ID token, where the application asks Logto for it: names the session in logout tokens. */
  readonly logtoSessionId?: string
  /** `iat` of the first ID token: seconds, by Logto's clock. */
  readonly signedInAt: number
  /** Seconds since the epoch after which the session is over, however much it is used. */
  readonly expiresAt: number
  readonly accessToken: string
  /** `exp` of the access token, in seconds. */
  readonly accessTokenExpiresAt: number
  readonly refreshToken?: string
  readonly profile: Profile
}

/**
 * Keeps sessions between requests: in the cookies themselves (`CookieSessions`) or in a store (`StoredSessions`). A
 * *ticket* is what the cookie carries, beside the time of its last use.
 */
export interface SessionBackend {
  /** Keeps a new session. */
  begin(session: Session): Promise<void>
  /** What the cookie of a session carries. */
  ticketOf(session: Session): object
  /** The session in its newest known state; undefined when it has ended. */
  find(ticket: object): Promise<Session | undefined>
  /** The ticket that has to replace this one in the cookie, if any. Answers from memory. */
  newerTicket(ticket: object): object | undefined
  /**
   * Renews a session, one refresh at a time over all processes. A caller with an older state gets the newest.
   *
   * @param refresh - returns the renewed session; undefined when Logto has ended the grant, which ends the session.
   * @returns undefined when the session has ended.
   */
  renew(session: Session, refresh: Refresh): Promise<Session | undefined>
  end(session: Session): Promise<void>
  /** Ends the sessions that a logout token means. */
  endAll(target: LogoutTarget): Promise<void>
  /** Deletes expired records and returns how many they were, for stores that do not do it themselves. */
  removeExpired(): Promise<number>
}

export type Refresh = (session: Session) => Promise<Session | undefined>

/** Whose sessions a logout token ends (OpenID Connect Back-Channel Logout 1.0, 2.4). */
export interface LogoutTarget {
  /** Logto user id. */
  userId?: string
  /** One session at Logto; absent: all of the user's. */
  logtoSessionId?: string
  /** Sessions that began later are spared, so that a logout token that comes again ends nothing new. Seconds. */
  issuedAt: number
}

/** Whether a logout token means this session. One that does not know its `sid` may be meant, so it ends too. */
export function isTarget(session: Session, { userId, logtoSessionId, issuedAt }: LogoutTarget): boolean {
  if (session.signedInAt > issuedAt) return false
  if (userId !== undefined && session.userId !== userId) return false
  if (logtoSessionId === undefined) return userId !== undefined
  return session.logtoSessionId === undefined
    ? userId !== undefined
    : session.logtoSessionId === logtoSessionId
}

const SESSION_FIELDS = {
  id: 'string',
  generation: 'number',
  userId: 'string',
  logtoSessionId: 'string?',
  signedInAt: 'number',
  expiresAt: 'number',
  accessToken: 'string',
  accessTokenExpiresAt: 'number',
  refreshToken: 'string?',
  profile: 'object',
} as const satisfies Record<keyof Session, FieldType>

/** Whether an opened value is a session, as this version writes it. */
export function isSession(value: unknown): value is Session {
  return hasFields(value, SESSION_FIELDS)
}

/** Seconds since the epoch, as in tokens. */
export function nowInSeconds(): number {
  return Date.now() / 1_000
}
