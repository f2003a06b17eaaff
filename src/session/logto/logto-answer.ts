import { isObject } from '../../logto/is-object.js'

/** Logto answered a request of this process with an error, or with no answer that can be used. */
export class LogtoAnswerError extends Error {
  override readonly name = 'LogtoAnswerError'
  /** OAuth's error code (RFC 6749, 5.2), such as `invalid_grant`; undefined when the answer has none. */
  readonly code: string | undefined

  constructor(url: string, status: number, body: unknown) {
    const code = isObject(body) && typeof body.error === 'string' ? body.error : undefined
    // Only the path: a query could hold what is nobody else's business.
    super(`Logto answered ${status}${code ? ` (${code})` : ''} at ${new URL(url).pathname}`)
    this.code = code
  }
}

/** Whether Logto says that a code or refresh token counts no more: used, expired, revoked, its user suspended. */
export function isGrantEnded(error: unknown): boolean {
  return error instanceof LogtoAnswerError && error.code === 'invalid_grant'
}
