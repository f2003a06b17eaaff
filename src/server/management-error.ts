/**
 * Why Logto's Management API could not be used.
 *
 * | code | status | when, and what to change |
 * |---|---|---|
 * | `credentials_missing` | 502 | the Client was made without `appId` or `appSecret` |
 * | `client_unknown` | 502 | this Logto knows no such application; `m-default` lives at the admin endpoint |
 * | `client_secret_invalid` | 502 | the secret is not the application's |
 * | `client_type_unsupported` | 502 | not a machine-to-machine application |
 * | `resource_unknown` | 502 | no such Management API indicator: `management.resource` |
 * | `role_missing` | 502 | the application lacks the role "Logto Management API access" |
 * | `request_refused` | 502 | any other 4xx; `logtoStatus` and `logtoCode` say which |
 * | `response_invalid` | 502 | the answer is not Logto's: a web page, another server |
 * | `rate_limited` | 503 | 429, also after the retries |
 * | `server_error` | 503 | 5xx, also after the retries |
 * | `unreachable` | 503 | no answer: refused, reset, unknown host, or slower than `management.timeoutMs` |
 */
export type ManagementErrorCode =
  | 'credentials_missing'
  | 'client_unknown'
  | 'client_secret_invalid'
  | 'client_type_unsupported'
  | 'resource_unknown'
  | 'role_missing'
  | 'request_refused'
  | 'response_invalid'
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
}

/**
 * Logto's Management API refused, or could not be reached.
 *
 * `status` is the status for *our* caller, 502 or 503, never Logto's own: a backend whose secret is wrong must not
 * answer its users with 401. The message says what to change and never contains Logto's answer, which can echo tokens
 * (recordings/errors).
 */
export class ManagementError extends Error {
  override readonly name = 'ManagementError'
  readonly code: ManagementErrorCode
  /** 503 when waiting helps (`rate_limited`, `server_error`, `unreachable`), else 502. */
  readonly status: 502 | 503
  /** Same as `status`, by the name that Fastify and Express look for. */
  readonly statusCode: 502 | 503
  /** `retry-after` (seconds) where Logto named one. */
  readonly headers: Readonly<Record<string, string>>
  // Declared, not defined: a log shows these only where there is something to show.
  declare readonly retryAfter?: number
  declare readonly logtoStatus?: number
  declare readonly logtoCode?: string

  constructor(code: ManagementErrorCode, message: string, options: ManagementErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.status = PASSING.has(code) ? 503 : 502
    this.statusCode = this.status
    this.headers = options.retryAfter === undefined ? {} : { 'retry-after': String(options.retryAfter) }
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter
    if (options.logtoStatus !== undefined) this.logtoStatus = options.logtoStatus
    if (options.logtoCode !== undefined) this.logtoCode = options.logtoCode
  }
}
