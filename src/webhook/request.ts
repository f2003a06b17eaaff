import type { BodyLimits, WebhookAnswer, WebhookDelivery } from './delivery.js'
import { bodyAborted, bodyAlreadyParsed, bodyTimeout, bodyTooLarge } from './errors.js'

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

async function readBody(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  if (request.bodyUsed) throw bodyAlreadyParsed()
  // The server holds a body to its announced length. Reading it whole spares a stream, which costs several times more
  // than everything else here.
  const announced = request.headers.get('content-length')
  if (announced !== null) return within(limits.timeoutMs, wholeBody(request))
  if (!request.body) return new Uint8Array()
  const reader = request.body.getReader()
  try {
    return await within(limits.timeoutMs, chunksFrom(reader, limits.maxBytes))
  } catch (error) {
    // Not waited for: a source that hangs would hang the answer too.
    void reader.cancel().catch(() => undefined)
    throw error
  }
}

async function wholeBody(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer())
  } catch (cause) {
    throw bodyAborted(cause)
  }
}

async function chunksFrom(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw bodyAborted(cause)
    })
    if (done) return Buffer.concat(chunks, length)
    length += value.byteLength
    if (length > maxBytes) throw bodyTooLarge(maxBytes)
    chunks.push(value)
  }
}

function within<T>(timeoutMs: number, reading: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(bodyTimeout(timeoutMs)), timeoutMs)
    reading.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
