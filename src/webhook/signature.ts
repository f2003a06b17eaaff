import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { SIGNATURE_HEADER } from '../logto/index.js'
import { COPY_SIGNING_KEY, WebhookError } from './errors.js'

/**
 * Signs a body as Logto does: lowercase hex HMAC-SHA256, the value of the header `logto-signature-sha-256`.
 * Source: recordings/webhooks; Logto docs, "Secure webhooks".
 *
 * @param rawBody - the bytes to send; a string stands for its UTF-8 bytes.
 * @param signingKey - the hook's `signingKey`.
 * @throws WebhookError `signing_key_invalid` when the key is empty or has white space around it.
 *
 * @example
 * const headers = { 'logto-signature-sha-256': signWebhook(body, signingKey) }
 */
export function signWebhook(rawBody: string | Uint8Array, signingKey: string): string {
  return hmac(rawBody, parseSigningKey(signingKey))
}

/**
 * Returns the keys that a delivery may be signed with. There are several while a key is being rotated.
 *
 * @throws WebhookError `signing_key_invalid` when there is none, or one that Logto cannot have made: an empty key would
 * let anyone sign.
 */
export function parseSigningKeys(signingKey: string | readonly string[]): readonly KeyObject[] {
  const keys = Array.isArray(signingKey) ? signingKey : [signingKey]
  if (keys.length === 0) {
    throw new WebhookError(
      'signing_key_invalid',
      "signingKey must be the hook's signing key, or a list with at least one",
    )
  }
  return keys.map(parseSigningKey)
}

/**
 * Returns the 64 characters of a signature header, as bytes to compare.
 *
 * @throws WebhookError `signature_missing` or `signature_malformed` (strictly 64 lowercase hex characters, so one
 * signature has one spelling).
 */
export function parseSignature(header: string | null | undefined): Buffer {
  if (header === null || header === undefined || header === '') {
    throw new WebhookError(
      'signature_missing',
      `The request has no header ${SIGNATURE_HEADER}: it is not from a webhook of Logto, or a proxy has dropped the header`,
    )
  }
  if (typeof header !== 'string' || !/^[0-9a-f]{64}$/.test(header)) {
    throw new WebhookError(
      'signature_malformed',
      `${SIGNATURE_HEADER} must be one signature of 64 lowercase hex characters`,
    )
  }
  return Buffer.from(header, 'latin1')
}

/**
 * Checks that one of the keys made the signature. Every key is tried, in constant time each, so the time does not show
 * which key or which byte differed.
 *
 * @throws WebhookError `signature_mismatch`.
 */
export function checkSignature(
  rawBody: string | Uint8Array,
  signature: Buffer,
  keys: readonly KeyObject[],
): void {
  let matches = false
  for (const key of keys) {
    if (timingSafeEqual(Buffer.from(hmac(rawBody, key), 'latin1'), signature)) matches = true
  }
  if (matches) return
  throw new WebhookError(
    'signature_mismatch',
    `${SIGNATURE_HEADER} does not fit the body: ${COPY_SIGNING_KEY}`,
  )
}

/** Returns the HMAC that Logto sends as signature: SHA-256, lowercase hex. The key is taken as it is. */
export function hmac(rawBody: string | Uint8Array, key: string | KeyObject): string {
  return createHmac('sha256', key).update(rawBody).digest('hex')
}

/**
 * Returns a hook's signing key.
 *
 * @throws WebhookError `signing_key_invalid` when the key is empty or has white space around it.
 */
export function parseSigningKey(signingKey: string | undefined): KeyObject {
  if (signingKey === undefined || signingKey === '') {
    throw new WebhookError('signing_key_invalid', 'signingKey is empty: set LOGTO_WEBHOOK_SIGNING_KEY')
  }
  if (typeof signingKey !== 'string' || signingKey.trim() !== signingKey) {
    throw new WebhookError(
      'signing_key_invalid',
      'A signing key must be a string without white space around it: copy it from the hook in ' +
        "Logto's console (or GET /api/hooks/:id)",
    )
  }
  return createSecretKey(signingKey, 'utf8')
}
