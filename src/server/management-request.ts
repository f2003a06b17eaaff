import { isObject } from '../logto/is-object.js'
import { oneLine } from '../logto/log-line.js'
import { AnswerTooLargeError, type FetchJsonOptions, fetchJson, type JsonAnswer } from './fetch-json.js'
import { ManagementError } from './management-error.js'

/** How requests to Logto are sent. */
export interface ManagementTransport {
  timeoutMs: number
  /** Further attempts after a network error, 429 or 5xx. 0 for a request that must not be carried out twice. */
  retries: number
  fetch: typeof fetch | undefined
}

/** A wait that Logto asks for is granted up to here. A longer one is for the caller to decide. */
const MAX_RETRY_AFTER_SECONDS = 30
/** Pause before the first retry; each further one is twice as long. */
const FIRST_PAUSE_MS = 200

/**
 * Sends a request, again after network errors, 429 and 5xx. Answers below 500 other than 429 are returned.
 *
 * @throws ManagementError `unreachable`, `rate_limited`, `server_error`, `response_too_large`; `signal`'s reason when it
 * aborted.
 */
export async function requestLogto(
  url: string,
  { retries, ...init }: FetchJsonOptions & ManagementTransport,
): Promise<JsonAnswer> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await attemptOnce(url, init)
    if (!(outcome instanceof ManagementError)) return outcome
    const { retryAfter } = outcome
    if (attempt >= retries || (retryAfter ?? 0) > MAX_RETRY_AFTER_SECONDS) throw outcome
    await pause(retryAfter === undefined ? backoffMs(attempt) : retryAfter * 1_000, init.signal)
  }
}

async function attemptOnce(url: string, init: FetchJsonOptions): Promise<JsonAnswer | ManagementError> {
  let answer: JsonAnswer
  try {
    answer = await fetchJson(url, init)
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    // Another attempt would read as much again.
    if (cause instanceof AnswerTooLargeError) throw tooLarge(cause)
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new ManagementError('unreachable', `Logto at ${url} could not be reached: ${reason}`, { cause })
  }
  const { status, body, headers } = answer
  if (status !== 429 && status < 500) return answer
  const code = status === 429 ? 'rate_limited' : 'server_error'
  return new ManagementError(code, `Logto answered ${url} with status ${status}`, {
    logtoStatus: status,
    logtoCode: logtoCodeOf(body),
    retryAfter: retryAfterOf(headers),
  })
}

function tooLarge(cause: AnswerTooLargeError): ManagementError {
  return new ManagementError(
    'response_too_large',
    `${cause.message}: if this is your Logto, raise management.maxBytes`,
    { cause },
  )
}

/** Returns `code` of a Management API error, or the OAuth `error` of the token endpoint (recordings/errors). */
export function logtoCodeOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined
  const code = typeof body.error === 'string' ? body.error : body.code
  // It goes into messages, and any server may stand at this address.
  return typeof code === 'string' ? oneLine(code, 100) : undefined
}

/** Waits for shared work, but no longer than the caller's own signal allows. The work itself goes on. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Returns the pause before retry `attempt` (from 0). Half of it is random, so that retries do not march in step. */
export function backoffMs(attempt: number): number {
  const full = FIRST_PAUSE_MS * 2 ** attempt
  return full / 2 + (Math.random() * full) / 2
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return untilAborted(new Promise((resolve) => setTimeout(resolve, ms)), signal)
}

/** `Retry-After` in seconds, given as seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (!value) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined
}
