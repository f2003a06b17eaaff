import { isObject } from '../logto/is-object.js'
import { passedOnHeaders } from './response-headers.js'

/** A Response of any realm: of this runtime, of the package undici, of node-fetch. */
export interface AnyResponse {
  readonly status: number
  readonly statusText?: string
  readonly headers: Iterable<readonly [string, string]>
  readonly body?: unknown
  readonly bodyUsed?: boolean
  /** Where it came from; empty when the application made it itself. */
  readonly url?: string
}

/** Fetch, section 2.2.3: a Response with one of these must not have a body. */
const NULL_BODY_STATUSES = [204, 205, 304]

/** Whether a value is a Response. `instanceof` would miss those that another package's classes have made. */
export function isResponse(value: unknown): value is AnyResponse {
  if (value instanceof Response) return true
  if (!isObject(value) || Object.prototype.toString.call(value) !== '[object Response]') return false
  return typeof value.status === 'number' && typeof Object(value.headers)[Symbol.iterator] === 'function'
}

/** Whether another server has answered this: `fetch` notes the URL, and a Response that is made has none. */
export function isOfAnotherServer(response: AnyResponse): boolean {
  return Boolean(response.url)
}

/** Whether the body has been read, or is being read: it cannot be sent then. */
export function isBodyGone({ body, bodyUsed }: AnyResponse): boolean {
  return bodyUsed === true || (body instanceof ReadableStream && body.locked)
}

/**
 * Returns a Response of this realm that can be sent. What the application made goes out as it is; of another server's
 * answer status, body and those headers that may be passed on.
 *
 * @throws TypeError when the body was read before, and for a status that no answer can have (`Response.error()`).
 */
export function passedOnResponse(response: AnyResponse): Response {
  if (isBodyGone(response)) {
    throw new TypeError(
      'The body of the Response has been read already, so it cannot be sent: return response.clone(), or ' +
        'new Response(text) with what was read',
    )
  }
  const { status, statusText = '' } = response
  if (status < 200 || status > 599) {
    throw new TypeError(
      `A Response with the status ${status} cannot be sent, as Response.error() has it: throw HttpError(status, code, message)`,
    )
  }
  const isOthers = isOfAnotherServer(response)
  if (response instanceof Response && !isOthers) return response
  const headers = isOthers
    ? passedOnHeaders(response.headers)
    : new Headers([...response.headers].map(pairOf))
  const body = NULL_BODY_STATUSES.includes(status) ? null : bodyOf(response)
  return new Response(body, { status, statusText, headers })
}

function pairOf([name, value]: readonly [string, string]): [string, string] {
  return [name, value]
}

function bodyOf({ body }: AnyResponse): ReadableStream | null {
  if (body instanceof ReadableStream) return body
  return isAsyncIterable(body) ? streamOf(body) : null
}

// node-fetch has a stream of Node as body, which is an async iterable too, as a foreign realm's ReadableStream is.
function isAsyncIterable(body: unknown): body is AsyncIterable<Uint8Array> {
  return isObject(body) && typeof Reflect.get(body, Symbol.asyncIterator) === 'function'
}

function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}
