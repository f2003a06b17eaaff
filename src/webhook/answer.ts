import { errorBody } from '../logto/http-facing-error.js'
import type { WebhookAnswer } from './delivery.js'
import type { WebhookError } from './errors.js'

const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** 200: the handlers have finished. */
export const APPLIED: WebhookAnswer = answer(200, { result: 'applied' })

/** 200: nothing listens to this event. */
export const IGNORED: WebhookAnswer = answer(200, { result: 'ignored' })

/** 200: the console's test delivery. */
export const TEST_RECEIVED: WebhookAnswer = answer(200, { result: 'test' })

/** A failure of this server's own: its detail goes to `onError`, not to the caller. */
export const INTERNAL_ERROR: WebhookAnswer = answer(
  500,
  errorBody('internal', 'The webhook could not be handled'),
)

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
    headers: { ...HEADERS, 'content-length': String(Buffer.byteLength(body)), ...headers },
    body,
  }
}
