import type { KeyObject } from 'node:crypto'
import { SIGNATURE_HEADER } from '../../logto/index.js'
import { hmac } from '../../webhook/signature.js'

/** A delivery of an event: exact body and headers, as Logto sends it. */
export interface SignedWebhook {
  body: string
  headers: Record<string, string>
}

/** Returns body, signature and headers of a delivery (recordings/webhooks/0001-register-User.Created.json). */
export function signDelivery(payload: object, signingKey: string | KeyObject): SignedWebhook {
  const body = JSON.stringify(payload)
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Logto (https://logto.io/)',
      [SIGNATURE_HEADER]: hmac(body, signingKey),
    },
  }
}
