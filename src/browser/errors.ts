/**
 * The API answered, but not with a result: any status outside 2xx, or a body that is not JSON.
 *
 * `code` is the one that the API names (`{ error: { code, message } }`), else `http_<status>`; `answer_not_json` when a
 * 2xx answer is not JSON. Not thrown when no answer came (NetworkError) or when nobody is signed in (SignInError).
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** The parsed JSON of the answer, or its text. */
    readonly body: unknown,
    /** Seconds after which the API asks to try again (`Retry-After`), where it says so. */
    readonly retryAfter?: number,
  ) {
    super(message)
  }
}

/** Which side gave no usable answer, and why. `*_blocked`: it is up, but a browser may not read its answer here. */
export type NetworkErrorCode =
  | 'offline'
  | `${'api' | 'logto'}_${'unreachable' | 'timeout' | 'blocked'}`
  | 'logto_unavailable'

const REASONS: Record<string, string> = {
  unreachable: 'cannot be reached',
  timeout: 'did not answer in time',
  blocked: 'does not answer pages of this origin (CORS), or redirects',
  unavailable: 'does not work right now',
}

/**
 * No usable answer came, so the person is neither signed out nor refused: the same call may work later, without a
 * reload. `message` can be shown to a person. It does not say whether the API carried the call out.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'

  constructor(
    readonly code: NetworkErrorCode,
    cause?: unknown,
  ) {
    const [side, reason = ''] = code.split('_')
    const subject = side === 'api' ? 'The server' : 'The sign-in service'
    super(reason ? `${subject} ${REASONS[reason]}.` : 'This device is offline.', { cause })
  }
}

const SIGN_IN_MESSAGES = {
  signed_out: 'You are not signed in.',
  session_ended: 'Your session has ended. Sign in again.',
  token_refused: 'You have no access to this.',
  cancelled: 'The sign-in was cancelled.',
  sign_in_refused: 'The sign-in did not succeed.',
  code_expired: 'The sign-in has expired. Sign in again.',
  state_mismatch: 'The sign-in was not started here. Sign in again.',
  session_missing: 'The sign-in was started in another tab. Sign in again.',
  storage_blocked: 'The browser blocks the cookies and data of this site. Allow them to sign in.',
  clock_wrong: 'The clock of this device is wrong.',
  insecure_context: 'To sign in, open this page with https.',
}

/** What keeps a person from being signed in, or from the token that was asked for. */
export type SignInErrorCode = keyof typeof SIGN_IN_MESSAGES

/**
 * The person is not signed in, or a sign-in could not be completed. `message` can be shown to a person; `cause` is the
 * SDK's error, or what Logto says of it.
 *
 * `signed_out`: nobody was signed in. `session_ended`: Logto no longer renews the session, and the tokens are cleared.
 * `token_refused`: signed in, but Logto refuses this resource or organization.
 */
export class SignInError extends Error {
  override readonly name = 'SignInError'

  constructor(
    readonly code: SignInErrorCode,
    cause?: unknown,
  ) {
    super(SIGN_IN_MESSAGES[code], { cause })
  }
}
