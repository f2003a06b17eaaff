import { fetchJson, type JsonAnswer } from './fetch-json.js'
import { ManagementError } from './management-error.js'
import { backoffMs, pause } from './retry.js'

/** How Logto's token endpoint and Management API are reached. */
export interface ManagementOptions {
  /**
   * Indicator of the Management API. Default `https://default.logto.app/api` (self-hosted), or the tenant's own for an
   * endpoint `https://<tenant id>.logto.app`.
   */
  resource?: string
  /**
   * Where the machine token comes from. Default `<logtoEndpoint>/oidc/token`. Self-hosted Logto's built-in application
   * `m-default` gets its token from the admin endpoint instead: `http://127.0.0.1:3002/oidc/token`.
   */
  tokenEndpoint?: string
  /** Longest wait for one answer, in milliseconds. Default 10,000. */
  timeoutMs?: number
  /** Further attempts after a network error, 429 or 5xx. Default 3. */
  retries?: number
}

/** One idempotent request to Logto. */
export interface ManagementRequest extends Pick<RequestInit, 'method' | 'headers' | 'body'> {
  signal?: AbortSignal | undefined
  fetch?: typeof fetch | undefined
  timeoutMs: number
  retries: number
}

/** A wait that Logto asks for is granted up to here; a longer one is the caller's to decide. */
const MAX_RETRY_AFTER_SECONDS = 30

/**
 * Sends an idempotent request, again after network errors, 429 and 5xx. Answers below 500 other than 429 are returned.
 *
 * @throws ManagementError `unreachable`, `rate_limited`, `server_error`; `signal`'s reason when it aborted.
 */
export async function requestLogto(url: string, request: ManagementRequest): Promise<JsonAnswer> {
  const { retries, ...init } = request
  for (let attempt = 0; ; attempt++) {
    const outcome = await attemptOnce(url, init)
    if (!(outcome instanceof ManagementError)) return outcome
    const { retryAfter } = outcome
    if (attempt >= retries || (retryAfter ?? 0) > MAX_RETRY_AFTER_SECONDS) throw outcome
    await pause(retryAfter === undefined ? backoffMs(attempt) : retryAfter * 1_000, request.signal)
  }
}

async function attemptOnce(
  url: string,
  init: Omit<ManagementRequest, 'retries'>,
): Promise<JsonAnswer | ManagementError> {
  let answer: JsonAnswer
  try {
    answer = await fetchJson(url, init)
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new ManagementError('unreachable', `Logto at ${url} could not be reached: ${reason}`, { cause })
  }
  if (answer.status !== 429 && answer.status < 500) return answer
  return new ManagementError(
    answer.status === 429 ? 'rate_limited' : 'server_error',
    `Logto answered ${url} with status ${answer.status}`,
    {
      logtoStatus: answer.status,
      logtoCode: logtoCodeOf(answer.body),
      retryAfter: retryAfterOf(answer.headers),
    },
  )
}

/** `code` of a Management API error, or the OAuth `error` of the token endpoint (recordings/errors). */
export function logtoCodeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  if ('error' in body && typeof body.error === 'string') return body.error
  return 'code' in body && typeof body.code === 'string' ? body.code : undefined
}

/** `Retry-After` in seconds, given as seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (!value) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined
}
