import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptions } from '../logto/check-options.js'
import { objectThatCan, required } from '../logto/option-rules.js'
import type { BodyLimits, WebhookAnswer, WebhookDelivery } from './delivery.js'
import { bodyAborted, bodyAlreadyParsed, bodyTimeout, bodyTooLarge } from './errors.js'
import type { WebhookHandler } from './handler.js'
import { withTimeout } from './with-timeout.js'

/** A listener of `node:http`, also a route handler of Express and, on `request.raw` and `reply.raw`, of Fastify. */
export type NodeWebhookHandler = (request: NodeRequest, response: ServerResponse) => Promise<void>

type NodeRequest = IncomingMessage & { body?: unknown; originalUrl?: string }

const HANDLER_RULES = {
  handle: required(objectThatCan('what createWebhookHandler returns', 'receive')),
}

/**
 * Mounts a webhook handler on a Node server. It reads the raw body itself, so it must come before a body parser; a
 * `request.body` that holds the raw bytes, as `express.raw()` leaves it, is taken as well.
 *
 * @throws TypeError for anything but what `createWebhookHandler` returns.
 *
 * @example
 * app.post('/api/syncUser', toNodeHandler(handle)) // Express, before express.json()
 */
export function toNodeHandler(handle: WebhookHandler): NodeWebhookHandler {
  checkOptions('toNodeHandler', { handle }, HANDLER_RULES)
  return async (request, response) => {
    const answer = await handle.receive(deliveryOf(request))
    if (!response.headersSent && !response.destroyed) send(answer, response)
  }
}

function deliveryOf(request: NodeRequest): WebhookDelivery {
  return {
    method: request.method ?? '',
    header: (name) => request.headers[name]?.toString(),
    readBody: (limits) => readBody(request, limits),
    // Express cuts what a router is mounted at off `url`.
    url: request.originalUrl ?? request.url ?? '',
  }
}

function send({ status, headers, body }: WebhookAnswer, response: ServerResponse): void {
  // What is left of a body that was not read whole would be taken for the next request on the connection.
  // HTTP/2 has streams instead, and no such header.
  const keep = response.req.complete || response.req.httpVersionMajor > 1
  response.writeHead(status, keep ? headers : { ...headers, connection: 'close' }).end(body)
}

async function readBody(request: NodeRequest, { maxBytes, timeoutMs }: BodyLimits): Promise<Uint8Array> {
  if (request.body instanceof Uint8Array) return request.body
  // With an encoding set, the bytes have become text, which may have lost some of them.
  if (request.readableDidRead || request.readableEncoding) throw bodyAlreadyParsed()
  return withTimeout(timeoutMs, readStream(request, maxBytes), async () => {
    request.pause()
    throw bodyTimeout(timeoutMs)
  })
}

// A paused request is read no further: what the client still sends stays in the socket, which is closed after the answer.
function readStream(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // Its 'close' has been, so nothing more would come of it.
    if (request.destroyed) return reject(bodyAborted(request.errored))
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.byteLength
      if (length <= maxBytes) return chunks.push(chunk)
      request.pause()
      reject(bodyTooLarge(maxBytes))
    })
    // An aborted request closes without having ended.
    const onLost = (cause?: unknown) => reject(bodyAborted(cause))
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('error', onLost).once('close', onLost)
  })
}
