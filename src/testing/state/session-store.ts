/** How a person signed in, as a session keeps it. Source: recordings/released/sessions-list.json. */
export interface Submission {
  interactionEvent: 'SignIn' | 'Register'
  userId: string
  /** What Logto keeps of a sign-up is not recorded, so the list is empty then. */
  verificationRecords: PasswordVerification[]
  signInContext: { ip: string }
}

/** A password that was right. */
export interface PasswordVerification {
  id: string
  type: 'Password'
  identifier: { type: 'username' | 'email'; value: string }
  verified: true
}

/** A person's session with Logto, as `GET /api/users/:userId/sessions` shows it. */
export interface SessionRecord {
  /** `uid` is the id in the API's other paths; `authorizations` has the grant of each application. */
  payload: Record<string, unknown>
  lastSubmission: Submission | null
  /** The application that the person signed in to. */
  clientId: string | null
  accountId: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** What one application was granted by a person, without the application's name. Source: recordings/released/grants-list.json. */
export interface GrantRecord {
  id: string
  payload: Record<string, unknown>
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** Sessions and grants, which only a server that people sign in to has. */
export interface SessionStore {
  sessionsOf(userId: string): SessionRecord[]
  /** Returns the session with this `uid`, of any user. */
  session(uid: string): SessionRecord | undefined
  /** Ends a session; with `withGrants` also what its applications were granted, and so their tokens. */
  endSession(uid: string, options: { withGrants: boolean }): void
  grantsOf(userId: string): GrantRecord[]
  /** Ends a grant with its tokens. */
  endGrant(id: string): void
  /** Ends a person's sessions, refresh tokens and opaque access tokens. Grants stay, and codes that wait. */
  signOut(userId: string): void
}

/** The store of a Logto without sign-in. */
export const NO_SESSIONS: SessionStore = {
  sessionsOf: () => [],
  session: () => undefined,
  endSession() {},
  grantsOf: () => [],
  endGrant() {},
  signOut() {},
}
