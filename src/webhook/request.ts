import { readBytes } from '../logto/read-chunks.js'
import type { BodyLimits, WebhookAnswer, WebhookDelivery } from './delivery.js'
import { bodyAborted, bodyAlreadyParsed, bodyTimeout, bodyTooLarge } from './errors.js'
import { withTimeout } from './with-timeout.js'

/** Returns a Fetch API request as a delivery. */
export function deliveryOf(request: Request): WebhookDelivery {
  return {
    method: request.method,
    header: (name) => request.headers.get(name),
    readBody: (limits) => readBody(request, limits),
    url: request.url,
    request,
  }
}

/** Returns an answer as a Fetch API response. */
export function responseOf({ status, headers, body }: WebhookAnswer): Response {
  return new Response(body, { status, headers })
}

async function readBody(request: Request, { maxBytes, timeoutMs }: BodyLimits): Promise<Uint8Array> {
  if (request.bodyUsed) throw bodyAlreadyParsed()
  const abandoned = new AbortController()
  const reading = readBytes(request, maxBytes, abandoned.signal).catch((cause) => {
    throw bodyAborted(cause)
  })
  const bytes = await withTimeout(timeoutMs, reading, async () => {
    abandoned.abort()
    throw bodyTimeout(timeoutMs)
  })
  if (!bytes) throw bodyTooLarge(maxBytes)
  return bytes
}
