import { ApiError, NetworkError } from './errors.js'
import { fieldsOf } from './logto-failure.js'
import { explainMissingAnswer } from './network-failure.js'
import type { Settings } from './options.js'

/** Options of one call to the API. */
export interface CallOptions {
  signal?: AbortSignal
  /** Milliseconds, token and body included. */
  timeoutMs?: number
  headers?: HeadersInit
  /** Call with a token for this organization: its scopes are the person's in that organization. */
  organizationId?: string
  /** See `ClientOptions.devUserId`. */
  devUserId?: string
}

/** Requests to the API that carry the access token, and carry it nowhere else. */
export interface Calls {
  /** Sends `body` as JSON and gives the parsed answer: `undefined` when it is empty. */
  post(path: string, body: unknown, options?: CallOptions): Promise<unknown>
  /** The answer as it is, whatever its status; the deadline is for its headers. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>
}

/** @param getToken - a usable access token; not `rejected`, which the API has refused. */
export function createCalls(
  settings: Settings,
  getToken: (organizationId?: string, rejected?: string) => Promise<string>,
): Calls {
  const { interaqtEndpoint } = settings
  const answered = <T>(request: () => Promise<T>) =>
    explainMissingAnswer('api', `${interaqtEndpoint}/ping`, request)

  const send = async (input: RequestInfo | URL, init: RequestInit, options: CallOptions = {}) => {
    const url = urlOf(input, interaqtEndpoint)
    const attempt = (header: string, value: string) => {
      // A redirect is an error: browsers differ in whether they take the header along to another origin.
      const target = input instanceof Request ? input.clone() : url
      const request = new Request(target, { ...init, redirect: 'error' })
      request.headers.set(header, value)
      return answered(() => fetch(request))
    }
    const { organizationId, devUserId = settings.devUserId } = options
    if (devUserId) return attempt(settings.devUserIdHeader, assertLoopback(devUserId, url))

    const token = await getToken(organizationId)
    const response = await attempt('authorization', `Bearer ${token}`)
    if (response.status !== 401 || init.body instanceof ReadableStream) return response
    // Keys were rotated, the clock is wrong, the person was suspended: Logto knows, so ask it once.
    return attempt('authorization', `Bearer ${await getToken(organizationId, token)}`)
  }

  return {
    post: (path, body, options = {}) =>
      withDeadline(options.timeoutMs ?? settings.timeoutMs, options.signal, async (signal) => {
        const headers = new Headers(options.headers)
        headers.set('content-type', 'application/json')
        const init = { method: 'POST', headers, signal }
        const response = await send(
          path,
          body === undefined ? init : { ...init, body: JSON.stringify(body) },
          options,
        )
        return parseAnswer(response, await answered(() => response.text()))
      }),

    fetch: (input, init = {}) =>
      withDeadline(
        settings.timeoutMs,
        init.signal ?? (input instanceof Request ? input.signal : undefined),
        (signal) => send(input, { ...init, signal }),
      ),
  }
}

/** @throws TypeError for a URL of another origin than the API's: it would get the token. */
function urlOf(input: RequestInfo | URL, interaqtEndpoint: string): URL {
  const text = input instanceof Request ? input.url : String(input)
  const url = new URL(/^\w+:/.test(text) ? text : interaqtEndpoint + text.replace(/^\/?/, '/'))
  if (url.origin === new URL(interaqtEndpoint).origin) return url
  throw new TypeError(`The access token is for ${interaqtEndpoint}, not for ${url.origin}`)
}

function assertLoopback(devUserId: string, { hostname }: URL): string {
  if (/^(.+\.)?localhost$|^127\.|^\[::1]$/.test(hostname)) return devUserId
  throw new TypeError(`devUserId is for local development, not for ${hostname}`)
}

function parseAnswer({ ok, status, headers }: Response, text: string): unknown {
  let body: unknown
  let isJson = true
  try {
    body = text ? JSON.parse(text) : undefined
  } catch {
    body = text
    isJson = false
  }
  if (ok && isJson) return body
  const { code, message } = fieldsOf(fieldsOf(body).error)
  throw new ApiError(
    status,
    String(code ?? (ok ? 'answer_not_json' : `http_${status}`)),
    String(message ?? `The server answered ${status}${isJson ? '' : ', not with JSON'}.`),
    body,
    Number(headers.get('retry-after')) || undefined,
  )
}

/** Runs `work` with a signal that also fires after `timeoutMs`, as a NetworkError `api_timeout`. */
async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(new NetworkError('api_timeout')), timeoutMs)
  const either = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal
  either.throwIfAborted()
  try {
    // The token may take longer: it is not only this call that waits for it.
    const aborted = new Promise<never>((_, reject) => {
      either.addEventListener('abort', () => reject(either.reason))
    })
    return await Promise.race([work(either), aborted])
  } finally {
    clearTimeout(timer)
  }
}
