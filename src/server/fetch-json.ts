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
  signal?: AbortSignal | undefined
  fetch?: typeof fetch | undefined
}

/**
 * Sends one request and reads its answer whole, within one timeout. Redirects are not followed: a token or a secret goes
 * to the host that the operator named, and nowhere else.
 *
 * @throws `signal`'s reason when it aborted; what fetch throws; Error on a timeout.
 */
export async function fetchJson(url: string, options: FetchJsonOptions): Promise<JsonAnswer> {
  const { timeoutMs, signal, fetch = globalThis.fetch, ...init } = options
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
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: parse(text) }
  } catch (error) {
    // Some runtimes throw an AbortError of their own instead of the reason.
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
