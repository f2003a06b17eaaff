/**
 * Thrown when the API answered without a result: a status outside 2xx, or a body that is not JSON.
 *
 * `code` is the code in the answer (`{ error: { code, message } }`), or `http_<status>`, also when a 2xx answer is not JSON.
 * Without an answer it is a NetworkError; when nobody is signed in, a SignInError.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  declare readonly status: number
  declare readonly code: string
  /** The parsed JSON of the answer, or its text. */
  declare readonly body: unknown

  constructor(status: number, code: string, message: string, body?: unknown) {
    super(message)
    this.status = status
    this.code = code
    this.body = body
  }
}

/** Which side sent no usable answer, and why. `*_blocked`: it is up, but this page may not read its answer. */
export type NetworkErrorCode =
  | 'offline'
  | `${'api' | 'logto'}_${'unreachable' | 'timeout' | 'blocked'}`
  | 'logto_unavailable'

/**
 * Thrown when no usable answer came. The person is neither signed out nor refused: the same call may work later, without a
 * reload. The API may or may not have carried out the call. `message` can be shown to a person.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  declare readonly code: NetworkErrorCode
  /** For developers: what to change, in one line, which is in the console too. */
  declare readonly hint: string | undefined

  constructor(code: NetworkErrorCode, cause?: unknown, hint?: string) {
    const [side, reason] = code.split('_')
    const subject = side === 'api' ? 'The server' : 'The sign-in service'
    super(reason ? `${subject} gives no answer (${reason}).` : 'This device is offline.', {
      cause,
    })
    this.code = code
    this.hint = hint
  }
}

/** What a person reads, by code. */
const SIGN_IN_MESSAGES = {
  session_ended: 'Your session has ended. Sign in again.',
  signed_out: 'You are not signed in.',
  state_mismatch: 'The sign-in was not started here. Sign in again.',
  insecure_context: 'To sign in, use https.',
  clock_wrong: 'The clock of this device is wrong. Set it, then sign in again.',
  storage_blocked: 'To sign in, allow cookies.',
  token_refused: 'You have no access.',
  sign_in_refused: 'The sign-in failed.',
  redirect_uri_mismatch: 'The sign-in failed.',
  cancelled: 'The sign-in was cancelled.',
  code_expired: 'The sign-in has expired. Sign in again.',
}

/** Why a person is not signed in, or does not get a token. */
export type SignInErrorCode = keyof typeof SIGN_IN_MESSAGES

/**
 * Thrown when the person is not signed in, or a sign-in could not be completed. `message` can be shown to a person; `cause` is the
 * SDK's error, or Logto's own explanation.
 *
 * `signed_out`: nobody is signed in. `session_ended`: Logto no longer renews the session, and the tokens are cleared.
 * `token_refused`: signed in, but Logto refuses this resource or organization.
 */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  declare readonly code: SignInErrorCode
  /** For developers: what to change, in one line, which is in the console too. */
  declare readonly hint: string | undefined

  constructor(code: SignInErrorCode, cause?: unknown, hint?: string) {
    super(SIGN_IN_MESSAGES[code], { cause })
    this.code = code
    this.hint = hint
  }
}
