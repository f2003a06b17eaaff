import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyLimits, WebhookAnswer, WebhookDelivery } from './delivery.js'
import { bodyAborted, bodyAlreadyParsed, bodyTimeout, bodyTooLarge } from './errors.js'
import type { WebhookHandler } from './handler.js'

/** A listener of `node:http`, also a route handler of Express and, on `request.raw` and `reply.raw`, of Fastify. */
export type NodeWebhookHandler = (
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
) => Promise<void>

/**
 * Mounts a webhook handler on a Node server. It reads the raw body itself, so it must come before a body parser; a
 * `request.body` that holds the raw bytes, as `express.raw()` leaves it, is taken as well.
 *
 * @example
 * app.post('/api/syncUser', toNodeHandler(handle)) // Express, before express.json()
 */
export function toNodeHandler(handle: WebhookHandler): NodeWebhookHandler {
  return async (request, response) => {
    const answer = await handle.receive(deliveryOf(request))
    if (!response.headersSent && !response.destroyed) send(answer, request, response)
  }
}

function deliveryOf(request: IncomingMessage & { body?: unknown }): WebhookDelivery {
  return {
    method: request.method ?? '',
    header: (name) => {
      const value = request.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    readBody: (limits) => readBody(request, limits),
  }
}

function send({ status, headers, body }: WebhookAnswer, request: IncomingMessage, response: ServerResponse) {
  // What is left of a body that was not read whole would be taken for the next request on the connection.
  // HTTP/2 has streams instead, and no such header.
  const close = request.complete || request.httpVersionMajor > 1 ? {} : { connection: 'close' }
  response.writeHead(status, { ...headers, ...close, 'content-length': Buffer.byteLength(body) }).end(body)
}

async function readBody(
  request: IncomingMessage & { body?: unknown },
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Uint8Array> {
  const { body } = request
  if (body instanceof Uint8Array) {
    if (body.byteLength > maxBytes) throw bodyTooLarge(maxBytes)
    return body
  }
  if (request.readableDidRead) throw bodyAlreadyParsed()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const timer = setTimeout(() => stop(bodyTimeout(timeoutMs)), timeoutMs)
    const onData = (chunk: Buffer) => {
      length += chunk.byteLength
      if (length > maxBytes) stop(bodyTooLarge(maxBytes))
      else chunks.push(chunk)
    }
    // Reads no further: what the client still sends stays in the socket, which is closed after the answer.
    function stop(error: Error) {
      clearTimeout(timer)
      request.off('data', onData).pause()
      reject(error)
    }
    request.on('data', onData)
    const onEnd = () => {
      clearTimeout(timer)
      request.off('close', onLost)
      resolve(chunks[0] && chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length))
    }
    // An aborted request closes without having ended.
    const onLost = (cause?: unknown) => stop(bodyAborted(cause))
    request.once('end', onEnd).once('error', onLost).once('close', onLost)
  })
}
