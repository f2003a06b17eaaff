import type { HTTPException } from 'hono/http-exception'
import { errorBody, errorResponse, HttpFacingError } from '../logto/http-facing-error.js'
import { isObject } from '../logto/is-object.js'
import { HTTPException as HonoHTTPException } from './hono-peer.js'
import { HttpError } from './http-error.js'
import { interaqtErrorOf } from './interaqt-error.js'
import { isBodyGone, isOfAnotherServer, passedOnResponse } from './passed-on-response.js'
import { passedOnHeaders } from './response-headers.js'

/** What is answered for an error. */
export interface Refusal {
  status: number
  /** True when the caller does not learn the cause: a defect, an outage, a condition that threw. */
  isFault: boolean
  /** What the caller is told, with the original as its cause or itself; undefined for a 500, of which nothing is told. */
  error?: HttpFacingError
  /** @throws TypeError when an application's error has headers that HTTP does not allow. */
  getResponse(): Response
}

/**
 * Returns the answer to an error. Four kinds speak to the caller: this package's own, Interaqt's, Hono's HTTPException,
 * and errors with `expose: true`, as the package `http-errors` makes them. Nothing of any other error reaches the
 * caller: an HTTP client's error, for one, holds the message and the headers of another server's answer.
 *
 * Never throws, whatever was thrown: the fields of a Proxy or of an object with getters may throw when they are read.
 */
export function refusalOf(error: unknown): Refusal {
  try {
    return readRefusal(error)
  } catch {
    return internalError()
  }
}

/**
 * Returns the answer to an error, ready to be sent, and what there is to report.
 *
 * @returns as `reported` the error itself, or why no answer could be made of it, which is then 500 `internal_error`.
 */
export function answerTo(error: unknown): { refusal: Refusal; response: Response; reported: unknown } {
  const refusal = refusalOf(error)
  try {
    return { refusal, response: refusal.getResponse(), reported: error }
  } catch (cause) {
    const reported = new AggregateError([error, cause], 'An error could not be answered as it says')
    const internal = internalError()
    return { refusal: internal, response: internal.getResponse(), reported }
  }
}

/** The answer to everything that callers learn nothing about. */
function internalError(): Refusal {
  const body = errorBody('internal_error', 'The server could not process the request.')
  return { status: 500, isFault: true, getResponse: () => errorResponse(500, body) }
}

/** Returns whether an error says itself what the caller is told. */
export function isForCallers(error: unknown): boolean {
  return answerOf(error) !== undefined
}

function readRefusal(error: unknown): Refusal {
  const known = interaqtErrorOf(error)
  if (known) return toRefusal(known.error, known.isFault)
  const answer = answerOf(error)
  // Other statuses are no refusals: a 502 is about our own configuration.
  if (answer?.status === 503) return toRefusal(answer, true)
  if (answer && Number.isInteger(answer.status) && answer.status >= 400 && answer.status <= 499) {
    return toRefusal(answer, isSilenced(error))
  }
  return internalError()
}

type Answer = HttpFacingError | HTTPException

function toRefusal(answer: Answer, isFault: boolean): Refusal {
  const { status } = answer
  if (answer instanceof HttpFacingError) {
    return { status, isFault, error: answer, getResponse: () => answer.getResponse() }
  }
  return { status, isFault, error: toHttpError(answer, status), getResponse: () => responseOf(answer) }
}

function answerOf(error: unknown): Answer | undefined {
  if (error instanceof HttpFacingError) return error
  if (error instanceof HonoHTTPException) return answerOfException(error)
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true) return undefined
  return toHttpError(error, statusOf(error))
}

/** An exception with a Response speaks by it, unless another server has answered that, or its body was read before. */
function answerOfException(error: HTTPException): Answer {
  const { res, status } = error
  if (isSilenced(error)) {
    return new HttpError(status, defaultCodeOf(status), 'The request was refused.', { cause: error })
  }
  return !res || isBodyGone(res) ? toHttpError(error, status) : error
}

function isSilenced(error: unknown): boolean {
  return error instanceof HonoHTTPException && error.res !== undefined && isOfAnotherServer(error.res)
}

// A copy of the Response, because one exception may be thrown many times.
function responseOf({ res, status }: HTTPException): Response {
  const { headers, body } = passedOnResponse(res?.clone() ?? new Response())
  return new Response(body, { status, headers })
}

function statusOf(error: Error & { statusCode?: unknown; status?: unknown }): number {
  return Number(error.statusCode ?? error.status)
}

const DEFAULT_CODES: Record<number, string> = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  429: 'too_many_requests',
  503: 'unavailable',
}

function defaultCodeOf(status: number): string {
  return DEFAULT_CODES[status] ?? 'request_refused'
}

function toHttpError(error: Error & { code?: unknown; headers?: unknown }, status: number): HttpError {
  const code = typeof error.code === 'string' ? error.code : defaultCodeOf(status)
  return new HttpError(status, code, error.message || code, {
    cause: error,
    headers: headersOf(error.headers),
  })
}

function headersOf(headers: unknown): Record<string, string> {
  if (!isObject(headers)) return {}
  const entries = Object.entries(headers).filter(([, value]) => ['string', 'number'].includes(typeof value))
  // An error that is exposed may still be an HTTP client's, with the headers of another server's answer.
  return Object.fromEntries(passedOnHeaders(entries.map(([name, value]) => [name, String(value)])))
}
