import { HttpFacingError } from '../logto/http-facing-error.js'

/**
 * A refusal with its HTTP status. The HTTP app answers it as `{ error: { code, message } }`; a data API may throw it too.
 *
 * @example
 * throw new HttpError(409, 'already_friends', 'You are friends already.')
 */
export class HttpError extends HttpFacingError {
  override readonly name = 'HttpError'

  /**
   * @param status - HTTP status, 400 to 499 or 503; any other is answered as 500 `internal_error`.
   * @param code - stable, machine-readable reason.
   * @param message - for the caller, who receives it unchanged.
   * @param options - `headers` of the response, such as `www-authenticate` or `retry-after` (seconds); `remedy`, what the
   * operator can do, for the log.
   */
  constructor(
    status: number,
    code: string,
    message: string,
    options: { cause?: unknown; headers?: Record<string, string>; remedy?: string } = {},
  ) {
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
    const { remedy } = options
    super(
      message,
      { code, status, publicMessage: message, headers: Object.fromEntries(headers), remedy },
      options,
    )
  }
}
