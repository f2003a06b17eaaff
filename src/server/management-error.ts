import { type ErrorBody, errorBody, HttpFacingError } from '../logto/http-facing-error.js'

/**
 * Why Logto's Management API could not be used.
 *
 * | code | status | when, and what to change |
 * |---|---|---|
 * | `credentials_missing` | 502 | the Client was made without `appId` or `appSecret` |
 * | `client_unknown` | 502 | this Logto knows no such application; `m-default` lives at the admin endpoint |
 * | `client_secret_invalid` | 502 | the secret is not the application's, or was deleted |
 * | `client_secret_expired` | 502 | the secret has expired: make a new one |
 * | `client_type_unsupported` | 502 | not a machine-to-machine application |
 * | `resource_unknown` | 502 | no such Management API indicator: `management.resource` |
 * | `role_missing` | 502 | the application lacks the role "Logto Management API access" |
 * | `request_refused` | 502 | any other 4xx; `logtoStatus` and `logtoCode` say which |
 * | `response_invalid` | 502 | the answer is not Logto's: a web page, another server |
 * | `response_too_large` | 502 | the answer is longer than `management.maxBytes`; the rest is not read |
 * | `rate_limited` | 503 | 429, also after the retries |
 * | `server_error` | 503 | 5xx, also after the retries |
 * | `unreachable` | 503 | no answer: refused, reset, unknown host, or slower than `management.timeoutMs` |
 */
export type ManagementErrorCode =
  | 'credentials_missing'
  | 'client_unknown'
  | 'client_secret_invalid'
  | 'client_secret_expired'
  | 'client_type_unsupported'
  | 'resource_unknown'
  | 'role_missing'
  | 'request_refused'
  | 'response_invalid'
  | 'response_too_large'
  | 'rate_limited'
  | 'server_error'
  | 'unreachable'

const PASSING: ReadonlySet<ManagementErrorCode> = new Set(['rate_limited', 'server_error', 'unreachable'])

/** What a ManagementError may carry beside its code and message. */
export interface ManagementErrorOptions {
  cause?: unknown
  /** Seconds that Logto asked to wait. */
  retryAfter?: number | undefined
  /** HTTP status that Logto answered with. */
  logtoStatus?: number
  /** `code` (or OAuth `error`) of Logto's answer. */
  logtoCode?: string | undefined
  /** Logto's own words for its refusal. */
  logtoMessage?: string
}

/**
 * Logto's Management API refused, or could not be reached.
 *
 * `status` is the status for *our* caller, 502 or 503, never Logto's own: a backend whose secret is wrong must not
 * answer its users with 401. The message says what to change and never contains Logto's answer, which can echo tokens
 * (recordings/errors).
 */
export class ManagementError extends HttpFacingError {
  override readonly name = 'ManagementError'
  declare readonly code: ManagementErrorCode
  /** 503 when waiting helps (`rate_limited`, `server_error`, `unreachable`), else 502. */
  declare readonly status: 502 | 503
  // Declared, not defined: a log shows these only where there is something to show.
  declare readonly retryAfter?: number
  declare readonly logtoStatus?: number
  declare readonly logtoCode?: string
  declare readonly logtoMessage?: string

  constructor(code: ManagementErrorCode, message: string, options: ManagementErrorOptions = {}) {
    const { retryAfter, logtoStatus, logtoCode, logtoMessage } = options
    const headers: Record<string, string> =
      retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
    const status = PASSING.has(code) ? 503 : 502
    super(message, { code, status, publicMessage: 'The sign-in service is not available.', headers }, options)
    if (retryAfter !== undefined) this.retryAfter = retryAfter
    if (logtoStatus !== undefined) this.logtoStatus = logtoStatus
    if (logtoCode !== undefined) this.logtoCode = logtoCode
    if (logtoMessage !== undefined) this.logtoMessage = logtoMessage
  }

  /** The body for the caller. It does not say which part of our configuration is wrong. */
  override toJSON(): ErrorBody<'logto_unavailable'> {
    return errorBody('logto_unavailable', this.publicMessage)
  }
}

/** Returns the error for an answer that Logto does not give. */
export function unexpected(request: string, status: number): ManagementError {
  return new ManagementError(
    'response_invalid',
    `${request} answered with status ${status} and nothing of Logto's: is logtoEndpoint the URL of Logto itself, not of ` +
      'its console?',
    { logtoStatus: status },
  )
}
