import type { KeyObject } from 'node:crypto'
import { isObject } from '../logto/is-object.js'
import { bodyAlreadyParsed, WebhookError } from './errors.js'
import { driftOf, type LogtoWebhookEvent } from './event.js'
import { fieldOf } from './field.js'
import { checkSignature, parseSignature, parseSigningKeys } from './signature.js'
import { isTestDelivery } from './test-delivery.js'

/** Known fields of an event whose types differ from those of Logto 1.42. The event is passed on all the same. */
export interface WebhookDrift {
  event: LogtoWebhookEvent
  /** One per field, such as `{ path: 'data.isSuspended', message: 'Invalid input: expected boolean, …' }`. Never a value. */
  fields: { path: string; message: string }[]
}

/** Called when an event has drifted. What it throws goes to the caller. */
export type OnDrift = (drift: WebhookDrift) => void

/**
 * Checks a delivery's signature and parses its event.
 *
 * @param rawBody - the request's bytes as they came; a parsed body cannot be checked.
 * @param signature - value of the header `logto-signature-sha-256`.
 * @param signingKey - the hook's key, or several during a rotation.
 * @throws WebhookError `signature_missing`, `signature_malformed`, `signature_mismatch` (401), `json_invalid`,
 * `event_invalid` (400), `body_already_parsed`, `signing_key_invalid` (500).
 *
 * @example
 * const event = verifyWebhook(await request.text(), request.headers.get('logto-signature-sha-256'), signingKey)
 */
export function verifyWebhook(
  rawBody: string | Uint8Array,
  signature: string | null | undefined,
  signingKey: string | readonly string[],
): LogtoWebhookEvent {
  return verifyRawBody(rawBody, parseSignature(signature), parseSigningKeys(signingKey))
}

/** {@link verifyWebhook} with signature and keys already checked for their form. */
export function verifyRawBody(
  rawBody: string | Uint8Array,
  signature: Buffer,
  keys: readonly KeyObject[],
  onDrift?: OnDrift,
): LogtoWebhookEvent {
  if (typeof rawBody !== 'string' && !(rawBody instanceof Uint8Array)) throw bodyAlreadyParsed()
  checkSignature(rawBody, signature, keys)
  return parseWebhookEvent(jsonFrom(rawBody), onDrift)
}

/**
 * Parses an event that has been verified before, such as a row of Logto's delivery log. Only `event`, `hookId` and
 * `createdAt` are required. Unknown fields are kept, unknown event names pass, and a known field of the wrong type is
 * reported to `onDrift`. The console's test deliveries are no drift.
 *
 * @param json - the parsed body; returned as it is, not copied.
 * @throws WebhookError `event_invalid`.
 */
export function parseWebhookEvent(json: unknown, onDrift?: OnDrift): LogtoWebhookEvent {
  if (!isObject(json)) throw new WebhookError('event_invalid', 'A webhook event must be a JSON object')
  if (!isIdentified(json)) {
    throw new WebhookError(
      'event_invalid',
      'A webhook event must have event, hookId and createdAt, each a string that is not empty',
    )
  }
  if (onDrift) reportDrift(json, onDrift)
  return json
}

function reportDrift(event: LogtoWebhookEvent, onDrift: OnDrift): void {
  const fields = driftOf(event)
  if (fields.length > 0 && !isTestDelivery(event)) onDrift({ event, fields })
}

function jsonFrom(rawBody: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof rawBody === 'string' ? rawBody : textOf(rawBody))
  } catch {
    // JSON.parse's error quotes the body, so it is not passed on as cause.
    throw new WebhookError('json_invalid', 'The body is signed but not JSON')
  }
}

// Not a TextDecoder: it would let a byte order mark pass, which is not JSON.
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function isIdentified(json: Record<string, unknown>): json is LogtoWebhookEvent & Record<string, unknown> {
  return ['event', 'hookId', 'createdAt'].every((name) => {
    const value = fieldOf(json, name)
    return typeof value === 'string' && value !== ''
  })
}
