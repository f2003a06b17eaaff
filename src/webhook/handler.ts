import { callSafely } from '../logto/call-safely.js'
import { checkOptions } from '../logto/check-options.js'
import { SIGNATURE_HEADER } from '../logto/index.js'
import { failureEntry, oneLine, pathOf } from '../logto/log-line.js'
import { LOGGER, type Logger } from '../logto/logger.js'
import { ANYTHING, FUNCTION, integer, type OptionRules, recordOf, TIMEOUT_MS } from '../logto/option-rules.js'
import { RefusalLog } from '../logto/refusal-log.js'
import { toError } from '../logto/to-error.js'
import {
  APPLIED,
  IGNORED,
  INTERNAL_ERROR,
  refusal,
  TEST_RECEIVED,
  testFailed,
  type WebhookAnswer,
  type WebhookDelivery,
} from './delivery.js'
import { bodyTooLarge, WebhookError } from './errors.js'
import type { LogtoWebhookEvent } from './event.js'
import { callAll, joinListeners, type Listener, type WebhookListeners } from './listeners.js'
import { type OnDrift, verifyRawBody, type WebhookDrift } from './parse-event.js'
import { deliveryOf, responseOf } from './request.js'
import { parseSignature, parseSigningKeys } from './signature.js'
import { isTestDelivery } from './test-delivery.js'
import { withTimeout } from './with-timeout.js'

/** Options of {@link createWebhookHandler}. */
export interface WebhookHandlerOptions {
  /** The hook's signing key; several while it is being rotated. */
  signingKey: string | readonly string[]
  /** Handlers of known events. A returned promise is waited for. */
  on?: WebhookListeners | undefined
  /** Called with every event, also those that this version does not know, before the handler in `on`. */
  onAny?: ((event: LogtoWebhookEvent) => unknown) | undefined
  /**
   * Called with a test delivery of the console or of `doctor`, which reaches no other handler. When it throws, the test is
   * answered with 503 and the error's `code`, which the sender may read; the error itself goes to `onError`.
   */
  onTest?: ((event: LogtoWebhookEvent) => unknown) | undefined
  /**
   * Called for every failure: with an AggregateError of what the handlers of one event threw, and that event; or with
   * the WebhookError that a request was refused with, and no event. By default failures of the server's own (status
   * 5xx) are written to the log.
   */
  onError?: ((error: Error, event: LogtoWebhookEvent | undefined) => void) | undefined
  /**
   * Called with every refused request (status 4xx); `request` is undefined on a Node server. Default: one line in the log
   * for each code and minute, with `NODE_ENV=development` every one.
   */
  onRefused?: ((error: WebhookError, request: Request | undefined) => void) | undefined
  /** Where the handler writes its log. Default: `console`. */
  logger?: Logger | undefined
  /** Called when known fields have another type than in Logto 1.42. The event is handled all the same. */
  onDrift?: OnDrift | undefined
  /** Longest body that is read, in bytes. Default 5 MiB. */
  maxBodyBytes?: number | undefined
  /** How long a body may take to arrive, in milliseconds. Default 5,000. */
  bodyTimeoutMs?: number | undefined
  /**
   * After how many milliseconds 503 is answered although handlers are still running; they are left to finish. Default
   * 9,000: Logto gives up after 10 s, and only an answer that is not 2xx marks the delivery as failed, so that it can be
   * replayed.
   */
  answerWithinMs?: number | undefined
}

export const WEBHOOK_HANDLER_RULES = {
  // A wrong key is a WebhookError, also where a key comes without a handler (`signWebhook`, `verifyWebhook`).
  signingKey: ANYTHING,
  on: recordOf(FUNCTION),
  onAny: FUNCTION,
  onTest: FUNCTION,
  onError: FUNCTION,
  onRefused: FUNCTION,
  logger: LOGGER,
  onDrift: FUNCTION,
  maxBodyBytes: integer(1),
  bodyTimeoutMs: TIMEOUT_MS,
  answerWithinMs: TIMEOUT_MS,
} satisfies OptionRules<WebhookHandlerOptions>

/** A webhook endpoint: `Request` in, `Response` out. */
export interface WebhookHandler {
  (request: Request): Promise<Response>
  /** The same for a server without `Request` and `Response`; `toNodeHandler` uses it. Never rejects. */
  receive(delivery: WebhookDelivery): Promise<WebhookAnswer>
}

const DEFAULT_MAX_BODY_BYTES = 5 * 1024 * 1024
const DEFAULT_BODY_TIMEOUT_MS = 5_000
const DEFAULT_ANSWER_WITHIN_MS = 9_000

/**
 * Creates a webhook endpoint. It answers 2xx only after the handlers have finished; the console's test deliveries are
 * answered 200 and reach no handler but `onTest`.
 *
 * @throws WebhookError `signing_key_invalid`, `event_name_unknown` (a misspelt key in `on`); TypeError for an option that
 * is unknown or of another type.
 *
 * @example
 * const handle = createWebhookHandler({
 *   signingKey,
 *   on: { 'User.Created': async (event) => { await welcome(userIdOf(event)) } },
 * })
 */
export function createWebhookHandler(options: WebhookHandlerOptions): WebhookHandler {
  checkOptions('createWebhookHandler', options, WEBHOOK_HANDLER_RULES)
  const { logger = console, onRefused, answerWithinMs = DEFAULT_ANSWER_WITHIN_MS } = options
  const { maxBodyBytes: maxBytes = DEFAULT_MAX_BODY_BYTES, bodyTimeoutMs = DEFAULT_BODY_TIMEOUT_MS } = options
  const onError = options.onError ?? ((error, event) => logServerError(error, event, logger))
  const refusals = new RefusalLog(logger)
  const keys = parseSigningKeys(options.signingKey)
  const listenersOf = joinListeners(options.on, options.onAny)
  // Comparing types costs time, so it is done only for an `onDrift`.
  const onDrift = options.onDrift && reportDrift

  async function receive(delivery: WebhookDelivery): Promise<WebhookAnswer> {
    const deadline = performance.now() + answerWithinMs
    try {
      const signature = validateRequest(delivery)
      const rawBody = await delivery.readBody({ maxBytes, timeoutMs: bodyTimeoutMs })
      if (rawBody.byteLength > maxBytes) throw bodyTooLarge(maxBytes)
      const event = verifyRawBody(rawBody, signature, keys, onDrift)
      const answer = isTestDelivery(event) ? answerToTest(event) : answerOf(listenersOf(event), event)
      return await withTimeout(deadline - performance.now(), answer, tooLate)
    } catch (error) {
      report(error)
      if (!(error instanceof WebhookError)) return INTERNAL_ERROR
      if (error.status < 500) reportRefused(error, delivery)
      return refusal(error)
    }
  }

  // Everything that can be refused without the body is refused before its first byte is read.
  function validateRequest(delivery: WebhookDelivery): Buffer {
    if (delivery.method !== 'POST') throw new WebhookError('method_not_allowed', 'Webhooks come by POST')
    const signature = parseSignature(delivery.header(SIGNATURE_HEADER))
    checkEncoding(delivery.header('content-encoding'))
    if (Number(delivery.header('content-length')) > maxBytes) throw bodyTooLarge(maxBytes)
    return signature
  }

  // Never rejects: handlers that outlast the deadline go on, and their failures are reported all the same.
  async function answerOf(listeners: readonly Listener[], event: LogtoWebhookEvent): Promise<WebhookAnswer> {
    if (listeners.length === 0) return IGNORED
    try {
      await callAll(listeners, event)
      return APPLIED
    } catch (error) {
      report(error, event)
      return INTERNAL_ERROR
    }
  }

  // Never rejects, as above.
  async function answerToTest(event: LogtoWebhookEvent): Promise<WebhookAnswer> {
    try {
      await options.onTest?.(event)
      return TEST_RECEIVED
    } catch (error) {
      report(error, event)
      return testFailed(error)
    }
  }

  // What a callback throws is its own failure and changes no answer.
  function report(error: unknown, event?: LogtoWebhookEvent): void {
    const reported = toError(error)
    callSafely('onError of the webhook handler', logger, () => onError(reported, event))
  }

  function reportRefused(error: WebhookError, { method, url = '', request }: WebhookDelivery): void {
    callSafely('onRefused of the webhook handler', logger, () => {
      if (onRefused) return onRefused(error, request)
      refusals.write({ method, path: pathOf(url), route: 'webhook', error })
    })
  }

  function reportDrift(drift: WebhookDrift): void {
    try {
      options.onDrift?.(drift)
    } catch (thrown) {
      report(thrown, drift.event)
    }
  }

  const handler = async (request: Request) => responseOf(await receive(deliveryOf(request)))
  return Object.assign(handler, { receive })
}

async function tooLate(): Promise<WebhookAnswer> {
  return refusal(new WebhookError('answer_timeout', 'The handlers are still running'))
}

// The signature covers the encoded bytes and nothing here decodes, so that no small body can become a huge one.
function checkEncoding(encoding: string | null | undefined): void {
  if (!encoding || encoding.toLowerCase() === 'identity') return
  throw new WebhookError('content_encoding_unsupported', 'Send the body without content-encoding')
}

function logServerError(error: Error, event: LogtoWebhookEvent | undefined, logger: Logger): void {
  if (error instanceof WebhookError && error.status < 500) return
  // Any signed text may be the name of an event.
  const what = event ? `webhook ${oneLine(event.event, 100)}` : 'a webhook'
  logger.error(failureEntry(`${what} was not handled`, error))
}
