import { HttpFacingError } from '../logto/http-facing-error.js'

/**
 * Why a session refused a request.
 *
 * | code | status | when |
 * |---|---|---|
 * | `signed_out` | 401 | no session cookie, or one that this application did not make |
 * | `session_ended` | 401 | signed out, idle or alive for too long, or Logto ended the grant or the session |
 * | `cross_site_request` | 403 | another site may have sent the request: neither `Origin` nor `Sec-Fetch-Site` is ours |
 * | `return_to_refused` | 400 | `returnTo` is no URL of this application |
 * | `logout_token_refused` | 400 | not a logout token of Logto for this application |
 * | `session_too_large` | 500 | the tokens do not fit into cookies: use a store |
 * | `logto_unavailable` | 503 | Logto sends no usable answer; the session may still be good |
 * | `store_unavailable` | 503 | the store failed; the session may still be good |
 */
export type SessionErrorCode = keyof typeof ANSWERS

const ANSWERS = {
  signed_out: {
    status: 401,
    message: 'You are not signed in.',
    remedy: 'sign in; if the cookie never comes back, compare baseUrl with the address in the browser',
  },
  session_ended: {
    status: 401,
    message: 'Your session has ended. Sign in again.',
    remedy: 'sign in again; idleSeconds and lifetimeSeconds say how long a session lives',
  },
  cross_site_request: {
    status: 403,
    message: 'The request did not come from this application.',
    remedy: "call from the application's own origin, which is that of baseUrl; behind a proxy see trustProxy",
  },
  return_to_refused: {
    status: 400,
    message: 'returnTo must be a page of this application.',
    remedy: 'give a path of the application, outside of the routes of the session',
  },
  logout_token_refused: {
    status: 400,
    message: 'The logout token was refused.',
    remedy: 'nothing, if it is none of your Logto; else compare appId and issuer',
  },
  session_too_large: { status: 500, message: 'The session could not be kept.', remedy: 'use a store' },
  logto_unavailable: {
    status: 503,
    message: 'The sign-in service cannot be reached. Try again in a moment.',
    remedy: 'check that this server reaches logtoEndpoint: npx interaqt-logto doctor',
  },
  store_unavailable: {
    status: 503,
    message: 'Your session cannot be looked up. Try again in a moment.',
    remedy: 'look at the reason: what `store` threw',
  },
} as const

/** What a SessionError may carry beside its code. */
export interface SessionErrorOptions {
  cause?: unknown
  /** What was wrong, for the operator. It is not part of the answer. */
  detail?: string
}

/**
 * Thrown for a request that its session refuses, or that cannot be checked because Logto or the store is away.
 * `message` can be shown to a person; what the operator needs is in `detail` and `cause`.
 */
export class SessionError extends HttpFacingError {
  override readonly name = 'SessionError'
  declare readonly code: SessionErrorCode
  declare readonly status: (typeof ANSWERS)[SessionErrorCode]['status']
  /** What was wrong, for the log; never a token or a secret. */
  readonly detail: string | undefined

  constructor(code: SessionErrorCode, options: SessionErrorOptions = {}) {
    const { status, message, remedy } = ANSWERS[code]
    super(message, { code, status, publicMessage: message, headers: headersOf(status), remedy }, options)
    this.detail = options.detail
  }
}

// RFC 9110, 15.5.2: a 401 names a challenge. There is none registered for cookies; browsers ignore this one.
function headersOf(status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Cookie' }
  return status === 503 ? { 'retry-after': '5' } : {}
}
