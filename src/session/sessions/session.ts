import { isObject } from '../../logto/is-object.js'
/** What is known of the person, from the ID token of the last sign-in or refresh. */
export interface Profile {
  username?: string
  name?: string
  picture?: string
  email?: string
}

/** A person's sign-in on this application. Never given to a browser other than sealed. */
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

/** Whether an opened value is a session, as this version writes it. */
export function isSession(value: unknown): value is Session {
  return (
    isObject(value) &&
    ['id', 'userId', 'accessToken'].every((name) => typeof value[name] === 'string') &&
    ['generation', 'signedInAt', 'expiresAt', 'accessTokenExpiresAt'].every(
      (name) => typeof value[name] === 'number',
    ) &&
    ['logtoSessionId', 'refreshToken'].every((name) =>
      ['string', 'undefined'].includes(typeof value[name]),
    ) &&
    isObject(value.profile)
  )
}

/** Seconds since the epoch, as in tokens. */
export function nowInSeconds(): number {
  return Date.now() / 1_000
}
