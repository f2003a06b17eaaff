/**
 * The API answered, but not with a result: any status outside 2xx, or a body that is not JSON.
 *
 * `code` is the one that the API names (`{ error: { code, message } }`), else `http_<status>`, also when a 2xx answer is
 * not JSON. Not thrown when no answer came (NetworkError) or when nobody is signed in (SignInError).
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  declare readonly status: number
  declare readonly code: string
  /** The parsed JSON of the answer, or its text. */
  declare readonly body: unknown

  constructor(status: number, code: string, message: string, body?: unknown) {
    super(message)
    Object.assign(this, { status, code, body })
  }
}

/** Which side gave no usable answer, and why. `*_blocked`: it is up, but a browser may not read its answer here. */
export type NetworkErrorCode =
  | 'offline'
  | `${'api' | 'logto'}_${'unreachable' | 'timeout' | 'blocked'}`
  | 'logto_unavailable'

/**
 * No usable answer came, so the person is neither signed out nor refused: the same call may work later, without a
 * reload. `message` can be shown to a person. It does not say whether the API carried the call out.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  declare readonly code: NetworkErrorCode

  constructor(code: NetworkErrorCode, cause?: unknown) {
    const [side, reason] = code.split('_')
    const subject = side === 'api' ? 'The server' : 'The sign-in service'
    super(reason ? `${subject} gives no answer (${reason}).` : 'This device is offline.', {
      cause,
    })
    this.code = code
  }
}

/**
 * What a person is told, and by what name or code the SDK, jose and the browser mean it. jose is known by its codes,
 * because minifiers change its names. The first that fits counts.
 */
const SIGN_IN_FAILURES = {
  // Logto refuses its own access token after a suspension.
  session_ended: ['Your session has ended. Sign in again.', /invalid_token/],
  signed_out: ['You are not signed in.', /not_authenticated/],
  state_mismatch: ['The sign-in was not started here. Sign in again.', /sign_in_session/],
  insecure_context: ['To sign in, use https.', /crypto_subtle/],
  clock_wrong: ['The clock of this device is wrong.', /invalid_iat|JWT_EXPIRED/],
  storage_blocked: ['To sign in, allow cookies.', /^Security|^Quota/],
  token_refused: ['You have no access.', / oidc\.(?!server|temp)/],
  sign_in_refused: ['The sign-in failed.', / ERR_J(?!WKS|OSE)/],
  cancelled: ['The sign-in was cancelled.'],
  code_expired: ['The sign-in has expired. Sign in again.'],
} satisfies Record<string, [message: string, meant?: RegExp]>

/** What keeps a person from being signed in, or from the token that was asked for. */
export type SignInErrorCode = keyof typeof SIGN_IN_FAILURES

/**
 * The person is not signed in, or a sign-in could not be completed. `message` can be shown to a person; `cause` is the
 * SDK's error, or what Logto says of it.
 *
 * `signed_out`: nobody was signed in. `session_ended`: Logto no longer renews the session, and the tokens are cleared.
 * `token_refused`: signed in, but Logto refuses this resource or organization.
 */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  declare readonly code: SignInErrorCode

  constructor(code: SignInErrorCode, cause?: unknown) {
    super(SIGN_IN_FAILURES[code][0], { cause })
    this.code = code
  }
}

/** The code of a failure that is known by `description`, which has its name and code in one line. */
export function signInErrorCodeOf(description: string): SignInErrorCode | undefined {
  let code: SignInErrorCode
  for (code in SIGN_IN_FAILURES) if (SIGN_IN_FAILURES[code][1]?.test(description)) return code
  return undefined
}
