import { readChunks } from '../logto/read-chunks.js'
import type { BodyLimits, WebhookAnswer, WebhookDelivery } from './delivery.js'
import { bodyAborted, bodyAlreadyParsed, bodyTimeout, bodyTooLarge } from './errors.js'
import { within } from './within.js'

/** A Fetch API request as a delivery. */
export function deliveryOf(request: Request): WebhookDelivery {
  return {
    method: request.method,
    header: (name) => request.headers.get(name),
    readBody: (limits) => readBody(request, limits),
  }
}

/** An answer as a Fetch API response. */
export function responseOf({ status, headers, body }: WebhookAnswer): Response {
  return new Response(body, { status, headers })
}

async function readBody(request: Request, { maxBytes, timeoutMs }: BodyLimits): Promise<Uint8Array> {
  if (request.bodyUsed) throw bodyAlreadyParsed()
  const inTime = <T>(reading: Promise<T>) =>
    within(timeoutMs, reading.catch(aborted), () => Promise.reject(bodyTimeout(timeoutMs)))
  // The server holds a body to its announced length. Reading it whole spares a stream, which costs several times more
  // than everything else here.
  const announced = request.headers.get('content-length')
  if (announced !== null) return new Uint8Array(await inTime(request.arrayBuffer()))
  if (!request.body) return new Uint8Array()
  const reader = request.body.getReader()
  try {
    const bytes = await inTime(readChunks(reader, maxBytes))
    if (!bytes) throw bodyTooLarge(maxBytes)
    return bytes
  } catch (error) {
    // Not waited for: a source that hangs would hang the answer too.
    void reader.cancel().catch(() => undefined)
    throw error
  }
}

function aborted(cause: unknown): never {
  throw bodyAborted(cause)
}
