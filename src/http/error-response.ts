import { HttpError } from './http-error.js'
import { interaqtErrorOf } from './interaqt-error.js'

/** The body of every refusal. `code` is stable, `message` is for people. */
export interface ErrorBody {
  error: { code: string; message: string }
}

/** What is answered for an error, and whether the operator has to hear of it. */
export interface Refusal {
  status: number
  body: ErrorBody
  headers: Record<string, string>
  /** True for everything that the caller is not told: defects, outages, conditions that threw. */
  isFault: boolean
}

/**
 * The answer to an error. Interaqt's errors are mapped by their class, all others by their shape, because an error of
 * another entry of this package is of another class at run time. Nothing of an unexpected error reaches the caller.
 */
export function refusalOf(error: unknown): Refusal {
  const known = interaqtErrorOf(error)
  if (known) return toRefusal(known.error, known.isFault)

  const shaped = shapedErrorOf(error)
  if (shaped) return toRefusal(shaped, shaped.status === 503)

  return toRefusal(new HttpError(500, 'internal_error', 'The server could not process the request.'), true)
}

function toRefusal(error: HttpError, isFault: boolean): Refusal {
  const headers = { ...error.headers }
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  // RFC 9110, 15.5.2: a 401 carries a challenge; RFC 6750, 3.1: without credentials it carries no error code.
  if (error.status === 401 && !names.has('www-authenticate')) headers['WWW-Authenticate'] = 'Bearer'
  if (error.status === 503 && !names.has('retry-after')) headers['Retry-After'] = '1'
  return {
    status: error.status,
    body: { error: { code: error.code, message: error.message } },
    headers,
    isFault,
  }
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

/**
 * An error, or any thrown object, that names a status for the caller: `statusCode` or `status`, 400 to 499 or 503.
 * An error that carries a `response` is an HTTP client's and speaks of somebody else's answer: a 403 that another
 * service gave us is no 403 of ours.
 */
function shapedErrorOf(error: unknown): HttpError | undefined {
  if (!isObject(error) || 'response' in error) return undefined
  const status = typeof error.statusCode === 'number' ? error.statusCode : error.status
  if (typeof status !== 'number' || !Number.isInteger(status)) return undefined
  if (status !== 503 && (status < 400 || status > 499)) return undefined

  const options = { headers: headersOf(error.headers), cause: error }
  // The server Client's messages are for the operator: they name internal URLs and what to configure.
  if (error.name === 'ManagementError') {
    return new HttpError(status, 'logto_unavailable', 'The sign-in service is not available.', options)
  }
  const code = typeof error.code === 'string' ? error.code : (DEFAULT_CODES[status] ?? 'request_refused')
  // An AuthError's message is for the operator too; it says apart what the caller may read.
  const message = [error.publicMessage, error.message].find((one) => typeof one === 'string' && one !== '')
  return new HttpError(status, code, typeof message === 'string' ? message : code, options)
}

function headersOf(headers: unknown): Record<string, string> {
  if (headers instanceof Headers) return Object.fromEntries(headers)
  if (!isObject(headers)) return {}
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : [],
  )
  return Object.fromEntries(entries)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
