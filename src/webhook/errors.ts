import { HttpFacingError } from '../logto/http-facing-error.js'

const STATUS_BY_CODE = {
  signing_key_invalid: 500,
  event_name_unknown: 500,
  method_not_allowed: 405,
  content_encoding_unsupported: 415,
  signature_missing: 401,
  signature_malformed: 401,
  signature_mismatch: 401,
  body_already_parsed: 500,
  body_too_large: 413,
  body_timeout: 408,
  body_aborted: 400,
  json_invalid: 400,
  event_invalid: 400,
  answer_timeout: 503,
} as const

/** What to do about a `signature_mismatch`. The message of the error ends with it. */
export const COPY_SIGNING_KEY =
  "copy the signing key again from the hook in Logto's console (Webhooks) to `signingKey`; if it is the same, the body was " +
  'changed on its way (the signature covers the raw bytes, not the JSON in them)'

/** What the operator can do: docs/errors.md in short. Where it is absent, the message says it. */
const REMEDIES: Partial<Record<keyof typeof STATUS_BY_CODE, string>> = {
  method_not_allowed: 'mount the handler for POST, and give Logto this URL',
  content_encoding_unsupported: 'take the compressing proxy away',
  signature_missing: 'nothing, if the sender is not Logto; else look for a proxy that drops headers',
  signature_malformed: 'nothing: the sender is not Logto',
  signature_mismatch: COPY_SIGNING_KEY,
  body_too_large: 'raise maxBodyBytes, if your custom data is that large',
  body_timeout: 'look at the network between Logto and this server, or raise bodyTimeoutMs',
  body_aborted: 'nothing: Logto logged the delivery as failed, and a replay applies it',
  json_invalid: 'find out who has the signing key: Logto sends JSON',
  event_invalid: 'find out who has the signing key: Logto sends event, hookId and createdAt',
  answer_timeout: 'make the handlers quicker; a replay applies the delivery again',
}

/** What was wrong with a delivery, or with the way the handler is set up. */
export type WebhookErrorCode = keyof typeof STATUS_BY_CODE

/**
 * Thrown by everything in this entry. `code` is stable. The message never holds a signing key or a part of the body, so
 * the sender receives it, except for failures of the server's own (status 500).
 */
export class WebhookError extends HttpFacingError {
  override readonly name = 'WebhookError'
  declare readonly code: WebhookErrorCode

  constructor(code: WebhookErrorCode, message: string, options?: ErrorOptions) {
    const status = STATUS_BY_CODE[code]
    const publicMessage = status === 500 ? 'The webhook could not be handled' : message
    const headers: Record<string, string> = status === 405 ? { allow: 'POST' } : {}
    super(message, { code, status, publicMessage, headers, remedy: REMEDIES[code] }, options)
  }
}

/** A body that was parsed and written again no longer fits its signature. The message says how to get the bytes. */
export function bodyAlreadyParsed(): WebhookError {
  return new WebhookError(
    'body_already_parsed',
    'The body was read or parsed before the webhook handler, but the signature covers its raw bytes. ' +
      "Express: mount the handler before express.json(), or put express.raw({ type: '*/*' }) on its route. " +
      "Fastify: in the handler's plugin call removeAllContentTypeParsers() and addContentTypeParser('*', " +
      '(request, payload, done) => done(null)). Hono: pass c.req.raw before anything calls c.req.json(). ' +
      'Next.js pages: export const config = { api: { bodyParser: false } }. ' +
      'verifyWebhook: pass the text or bytes of the request, not an object',
  )
}

/** The body was announced or turned out longer than the handler's `maxBodyBytes`. */
export function bodyTooLarge(maxBytes: number): WebhookError {
  return new WebhookError('body_too_large', `The body is longer than ${maxBytes} bytes`)
}

/** The body did not arrive in time. */
export function bodyTimeout(timeoutMs: number): WebhookError {
  return new WebhookError('body_timeout', `The body did not arrive within ${timeoutMs} ms`)
}

/** The connection ended before the body did. */
export function bodyAborted(cause: unknown): WebhookError {
  return new WebhookError('body_aborted', 'The request ended before its body was complete', { cause })
}
