import type { HTTPException } from 'hono/http-exception'
import { errorBody, errorResponse, HttpFacingError } from '../logto/http-facing-error.js'
import { isObject } from '../logto/is-object.js'
import { HTTPException as HonoHTTPException } from './hono-peer.js'
import { HttpError } from './http-error.js'
import { interaqtErrorOf } from './interaqt-error.js'

/** What is answered for an error. */
export interface Refusal {
  status: number
  /** True when the caller does not learn the cause: a defect, an outage, a condition that threw. */
  isFault: boolean
  /** What the caller is told, with the original as its cause or itself; undefined for a 500, of which nothing is told. */
  error?: HttpFacingError
  getResponse(): Response
}

/**
 * Returns the answer to an error. Four kinds speak to the caller: this package's own, Interaqt's, Hono's HTTPException,
 * and errors with `expose: true`, as the package `http-errors` makes them. Nothing of any other error reaches the
 * caller: an HTTP client's error, for one, holds the message and the headers of another server's answer.
 */
export function refusalOf(error: unknown): Refusal {
  const known = interaqtErrorOf(error)
  if (known) return toRefusal(known.error, known.isFault)
  const answer = answerOf(error)
  // Other statuses are no refusals: a 502 is about our own configuration.
  if (answer?.status === 503) return toRefusal(answer, true)
  if (answer && Number.isInteger(answer.status) && answer.status >= 400 && answer.status <= 499) {
    return toRefusal(answer, false)
  }
  const body = errorBody('internal_error', 'The server could not process the request.')
  return { status: 500, isFault: true, getResponse: () => errorResponse(500, body) }
}

/** Returns whether an error says itself what the caller is told. */
export function isForCallers(error: unknown): boolean {
  return answerOf(error) !== undefined
}

/** Returns a thrown value as an Error: Hono hands only those to its error handler. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('A value that is no Error was thrown', { cause: thrown })
}

type Answer = HttpFacingError | HTTPException

function toRefusal(answer: Answer, isFault: boolean): Refusal {
  const error = answer instanceof HttpFacingError ? answer : toHttpError(answer, answer.status)
  return { status: answer.status, isFault, error, getResponse: () => answer.getResponse() }
}

function answerOf(error: unknown): Answer | undefined {
  if (error instanceof HttpFacingError) return error
  if (error instanceof HonoHTTPException) return error.res ? error : toHttpError(error, error.status)
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true) return undefined
  return toHttpError(error, statusOf(error))
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

function toHttpError(error: Error & { code?: unknown; headers?: unknown }, status: number): HttpError {
  const code = typeof error.code === 'string' ? error.code : (DEFAULT_CODES[status] ?? 'request_refused')
  return new HttpError(status, code, error.message || code, {
    cause: error,
    headers: headersOf(error.headers),
  })
}

function headersOf(headers: unknown): Record<string, string> {
  if (!isObject(headers)) return {}
  const entries = Object.entries(headers).filter(([, value]) => ['string', 'number'].includes(typeof value))
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
