import { errorBody, errorResponse, HttpFacingError } from '../logto/http-facing-error.js'
import { isObject } from '../logto/is-object.js'
import { HTTPException } from './hono-peer.js'
import { HttpError } from './http-error.js'
import { interaqtErrorOf } from './interaqt-error.js'

/** What is answered for an error. */
export interface Refusal {
  response: Response
  /** True for everything that the caller is not told: defects, outages, conditions that threw. */
  isFault: boolean
}

/**
 * Returns the answer to an error. Four kinds speak to the caller: this package's own, Interaqt's, Hono's HTTPException,
 * and errors with `expose: true`, as the package `http-errors` makes them. Nothing of any other error reaches the
 * caller: an HTTP client's error, for one, holds the message and the headers of somebody else's answer.
 */
export function refusalOf(error: unknown): Refusal {
  const known = interaqtErrorOf(error)
  if (known) return { response: known.error.getResponse(), isFault: known.isFault }
  if (error instanceof HTTPException && error.res && isForCaller(error.status)) {
    return { response: error.getResponse(), isFault: error.status === 503 }
  }
  const answer = answerOf(error)
  if (answer && isForCaller(answer.status)) {
    return { response: answer.getResponse(), isFault: answer.status === 503 }
  }
  const body = errorBody('internal_error', 'The server could not process the request.')
  return { response: errorResponse(500, body), isFault: true }
}

/** Returns a thrown value as an Error: Hono hands only those to its error handler. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(`A value that is no Error was thrown: ${describe(thrown)}`, { cause: thrown })
}

// Other statuses are no refusals: 502 says something of our own configuration, 200 nothing at all.
function isForCaller(status: number): boolean {
  return Number.isInteger(status) && ((status >= 400 && status <= 499) || status === 503)
}

function answerOf(error: unknown): HttpFacingError | undefined {
  if (error instanceof HttpFacingError) return error
  if (error instanceof HTTPException) return toHttpError(error, error.status)
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true) return undefined
  return toHttpError(error, statusOf(error))
}

function statusOf(error: Error & { status?: unknown; statusCode?: unknown }): number {
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

function describe(thrown: unknown): string {
  return thrown === null || typeof thrown !== 'object' ? String(thrown) : 'an object'
}
