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
    // Node goes on here when it has parsed what came with the headers: most bodies have arrived by then.
    await undefined
    const delivery = new NodeDelivery(request)
    const answer = await handle.receive(delivery)
    if (!response.headersSent && !response.destroyed) send(answer, delivery.isReadWhole, response)
  }
}

class NodeDelivery implements WebhookDelivery {
  readonly method: string
  #buffered: Uint8Array | undefined

  constructor(private readonly request: IncomingMessage & { body?: unknown }) {
    this.method = request.method ?? ''
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  readBody(limits: BodyLimits): Uint8Array | Promise<Uint8Array> {
    const { body } = this.request
    if (body instanceof Uint8Array) return body
    // With an encoding set, the bytes have become text, which may have lost some of them.
    if (this.request.readableDidRead || this.request.readableEncoding) throw bodyAlreadyParsed()
    this.#buffered = bufferedBody(this.request)
    return this.#buffered ?? bodyFromStream(this.request, limits)
  }

  // Node calls a request complete only after it has handed out the last of the body.
  get isReadWhole(): boolean {
    return this.#buffered !== undefined || this.request.complete
  }
}

function send({ status, headers, body }: WebhookAnswer, isReadWhole: boolean, response: ServerResponse) {
  // What is left of a body that was not read whole would be taken for the next request on the connection.
  // HTTP/2 has streams instead, and no such header.
  const keep = isReadWhole || response.req.httpVersionMajor > 1
  response.writeHead(status, keep ? headers : { ...headers, connection: 'close' }).end(body)
}

/**
 * A body that has arrived as long as it was announced, without the listeners, the timer and the events of a stream.
 * Undefined when more is to come. HTTP/2 does not hold a body to its announced length.
 */
function bufferedBody(request: IncomingMessage): Uint8Array | undefined {
  const announced = Number(request.headers['content-length'])
  if (request.readableLength !== announced || request.httpVersionMajor > 1) return undefined
  // All that has arrived, since nothing flows yet; null when that is nothing.
  const rawBody: Buffer | null = request.read()
  // So that the request ends, as those wait for who are told of its end.
  request.resume()
  return rawBody ?? new Uint8Array()
}

function bodyFromStream(request: IncomingMessage, { maxBytes, timeoutMs }: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // Its 'close' has been, so nothing more would come of it.
    if (request.destroyed) return reject(bodyAborted(request.errored))
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
      resolve(Buffer.concat(chunks))
    }
    // An aborted request closes without having ended.
    const onLost = (cause?: unknown) => stop(bodyAborted(cause))
    request.once('end', onEnd).once('error', onLost).once('close', onLost)
  })
}
