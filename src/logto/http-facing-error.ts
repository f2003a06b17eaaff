/** The body of every refusal. `code` is stable, `message` is for people. */
export interface ErrorBody<Code extends string = string> {
  error: { code: Code; message: string }
}

/** What an {@link HttpFacingError} answers. */
export interface HttpAnswer<Code extends string = string> {
  /** Stable, machine-readable reason. */
  code: Code
  status: number
  /** All that the caller is told. */
  publicMessage: string
  /** Further headers of the answer, names in lower case, such as the challenge of a 401. */
  headers?: Readonly<Record<string, string>>
  /** What the operator can do about it, for the log. */
  remedy?: string | undefined
}

/**
 * The base of every error that knows its HTTP answer.
 *
 * `message` is for the operator. What the caller may know is in `publicMessage`, `headers`, `toJSON()` and
 * `getResponse()`. Thrown in a handler it becomes the right answer by itself: Fastify and Express read `status`,
 * `statusCode` and `headers`, Hono calls `getResponse()`.
 */
export abstract class HttpFacingError extends Error {
  readonly code: string
  /** HTTP status of the answer. */
  readonly status: number
  /** Same as `status`, by the name that Fastify and Express look for. */
  readonly statusCode: number
  /** What the caller may read. */
  readonly publicMessage: string
  /** Headers of the answer, names in lower case: the challenge of a 401, `retry-after` (seconds) of a 503. */
  readonly headers: Readonly<Record<string, string>>
  // Declared, not defined: a log shows it only where there is something to show.
  /** What the operator can do about it. It is for the log, and no part of the answer. */
  declare readonly remedy?: string

  constructor(
    message: string,
    { code, status, publicMessage, headers, remedy }: HttpAnswer,
    options: ErrorOptions = {},
  ) {
    super(message, options)
    this.code = code
    this.status = status
    this.statusCode = status
    this.publicMessage = publicMessage
    this.headers = { ...defaultHeadersOf(status), ...headers }
    if (remedy !== undefined) this.remedy = remedy
  }

  /** The body for the caller: `{ error: { code, message } }`, with the public message. */
  toJSON(): ErrorBody {
    return errorBody(this.code, this.publicMessage)
  }

  /** The whole answer for the caller; Hono's default error handler asks for it. */
  getResponse(): Response {
    return errorResponse(this.status, this.toJSON(), this.headers)
  }
}

/** The body of a refusal. */
export function errorBody<Code extends string>(code: Code, message: string): ErrorBody<Code> {
  return { error: { code, message } }
}

/** A refusal as a response. It belongs to one caller, so no cache keeps it. */
export function errorResponse(
  status: number,
  body: ErrorBody,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
}

// RFC 9110, 15.5.2: a 401 carries a challenge; RFC 6750, 3.1: without credentials it carries no error code.
function defaultHeadersOf(status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' }
  return status === 503 ? { 'retry-after': '1' } : {}
}
