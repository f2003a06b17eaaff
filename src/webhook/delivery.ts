import { errorBody, HttpFacingError } from '../logto/http-facing-error.js'
import type { WebhookError } from './errors.js'

/** One delivery, apart from the server that took it. */
export interface WebhookDelivery {
  method: string
  /** Looked up by lowercase name; several values of one header come joined by commas. */
  header(name: string): string | null | undefined
  /**
   * Reads the raw body, and no further than `maxBytes`.
   *
   * @throws WebhookError `body_too_large`, `body_timeout`, `body_aborted`, `body_already_parsed`.
   */
  readBody(limits: BodyLimits): Uint8Array | Promise<Uint8Array>
  /** URL or path of the request, for the log. */
  url?: string
  /** The request itself, where the server has one. */
  request?: Request
}

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  maxBytes: number
  timeoutMs: number
}

/** What to answer. `body` is JSON. */
export interface WebhookAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** 200: the handlers have finished. */
export const APPLIED: WebhookAnswer = answer(200, { result: 'applied' })

/** 200: there is no handler for this event. */
export const IGNORED: WebhookAnswer = answer(200, { result: 'ignored' })

/** 200: the console's test delivery. */
export const TEST_RECEIVED: WebhookAnswer = answer(200, { result: 'test' })

/** 500: a failure of this server's own. Its detail goes to `onError`, not to the caller. */
export const INTERNAL_ERROR: WebhookAnswer = answer(
  500,
  errorBody('internal', 'The webhook could not be handled'),
)

/**
 * Returns the answer to a test delivery that came through, although what it is for does not work: 503 with the code of an
 * error of this package, or `test_failed`. Its message is for this server's log.
 */
export function testFailed(error: unknown): WebhookAnswer {
  const code = error instanceof HttpFacingError ? error.code : 'test_failed'
  return answer(
    503,
    errorBody(code, 'The delivery arrived, but this server could not work with it: see its log'),
  )
}

/** Returns the answer to a delivery that is not accepted. */
export function refusal(error: WebhookError): WebhookAnswer {
  return error.status === 500 ? INTERNAL_ERROR : answer(error.status, error.toJSON(), error.headers)
}

// Logto keeps the body in its delivery log, where a person may read it.
function answer(
  status: number,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): WebhookAnswer {
  const body = JSON.stringify(json)
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  }
}
