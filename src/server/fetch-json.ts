import { readChunks } from '../logto/read-chunks.js'

/** An answer whose body has been read whole. */
export interface JsonAnswer {
  status: number
  headers: Headers
  /** The parsed body; undefined when it is not JSON. */
  body: unknown
}

/** What a request needs beside its URL. */
export interface FetchJsonOptions extends Pick<RequestInit, 'method' | 'headers' | 'body'> {
  timeoutMs: number
  /** Longest body of an answer, in bytes after decompression. Default 262,144 (256 KiB). */
  maxBytes?: number | undefined
  signal?: AbortSignal | undefined
  fetch?: typeof fetch | undefined
}

/** A discovery document of Logto has 3 kB, a key set 1 to 4, an answer with tokens 2 to 10. */
const DEFAULT_MAX_BYTES = 262_144

/** An answer was longer than it may be. The rest was not read. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError'

  constructor(url: string, maxBytes: number) {
    super(`${url} answered with more than ${maxBytes} bytes`)
  }
}

/**
 * Sends one request and reads its answer whole, within one timeout and up to a limit. Redirects are not followed: a token
 * or a secret goes to the host that the operator named, and nowhere else.
 *
 * @throws AnswerTooLargeError; `signal`'s reason when it aborted; what fetch throws; Error on a timeout.
 */
export async function fetchJson(url: string, options: FetchJsonOptions): Promise<JsonAnswer> {
  const { timeoutMs, maxBytes = DEFAULT_MAX_BYTES, signal, fetch = globalThis.fetch, ...init } = options
  signal?.throwIfAborted()
  const controller = new AbortController()
  const abort = () => controller.abort(signal?.reason)
  const timer = setTimeout(
    () => controller.abort(new Error(`${url} did not answer within ${timeoutMs} ms`)),
    timeoutMs,
  )
  signal?.addEventListener('abort', abort)
  try {
    const response = await fetch(url, { redirect: 'manual', ...init, signal: controller.signal })
    const bytes = await bytesOf(response, maxBytes)
    if (!bytes) throw new AnswerTooLargeError(url, maxBytes)
    return { status: response.status, headers: response.headers, body: parse(bytes) }
  } catch (error) {
    // Some runtimes throw an AbortError of their own instead of the reason.
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

// Counted while it is read: `content-length` is that of the compressed body, and 400 kB of gzip can be 400 MB.
async function bytesOf({ body }: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (!body) return new Uint8Array()
  const stream = 'getReader' in body ? body : webStreamOf(body)
  return readChunks(stream.getReader(), maxBytes)
}

// The body of node-fetch, which some pass as `fetch` for the sake of a proxy, is a stream of Node's.
function webStreamOf(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await chunks.return?.()
    },
  })
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
