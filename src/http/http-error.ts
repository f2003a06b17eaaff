/**
 * A refusal with its HTTP status. The HTTP app answers it as `{ error: { code, message } }`; a data API may throw it
 * too. Errors of other classes with the same fields (`statusCode` or `status`, `code`, `headers`) are treated alike.
 *
 * @example
 * throw new HttpError(409, 'already_friends', 'You are friends already.')
 */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly statusCode: number

  /**
   * @param status - HTTP status, 400 to 499 or 503; any other is answered as 500 `internal_error`.
   * @param code - stable, machine-readable reason.
   * @param message - for the caller: it is sent as it stands.
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    options: { cause?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(message, { cause: options.cause })
    this.statusCode = status
    this.headers = options.headers ?? {}
  }

  /** Response headers, such as `WWW-Authenticate` or `Retry-After` (seconds). */
  readonly headers: Record<string, string>
}
