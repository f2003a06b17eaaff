import { ANYTHING, type OptionRules, STRING, TIMEOUT_MS } from '../logto/option-rules.js'
import { checkOptions } from './check-options.js'
import { ApiError, NetworkError } from './errors.js'
import { withNetworkErrors } from './network-failure.js'
import type { Settings } from './options.js'

/** Options of one call to the API. */
export interface CallOptions {
  signal?: AbortSignal
  /** Milliseconds, token and body included. */
  timeoutMs?: number
  headers?: HeadersInit
  /** Call with a token for this organization: its scopes are the person's in that organization. */
  organizationId?: string
}

const SESSION_CALL_RULES = {
  // `Request` checks it.
  signal: ANYTHING,
  headers: { expected: 'headers', accepts: isHeaders },
  timeoutMs: TIMEOUT_MS,
} satisfies OptionRules<Omit<CallOptions, 'organizationId'>>

export const CALL_RULES = {
  ...SESSION_CALL_RULES,
  organizationId: STRING,
} satisfies OptionRules<CallOptions>

function isHeaders(value: unknown): boolean {
  try {
    return Boolean(Reflect.construct(Headers, [value]))
  } catch {
    return false
  }
}

/** Requests to the API. No other origin gets its access token. */
export interface Calls {
  /** Sends `body` as JSON. Resolves with the parsed answer: `undefined` when it is empty. */
  post(path: string, body: unknown, options?: CallOptions): Promise<unknown>
  /** Resolves with the answer as it is, with any status. The time limit ends when its headers are here. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>
}

/**
 * Creates the calls to one API.
 *
 * @param getToken - resolves with a usable access token other than `rejected`, which the API has refused. Without it the
 * calls carry what the browser sends by itself: a session cookie.
 */
export function createCalls(
  settings: Pick<Settings, 'interaqtEndpoint' | 'timeoutMs'> &
    Partial<Pick<Settings, 'devUserId' | 'devUserIdHeader'>>,
  getToken?: (organizationId?: string, rejected?: string) => Promise<string>,
): Calls {
  const { interaqtEndpoint, devUserId, devUserIdHeader } = settings
  const ask = <T>(request: () => Promise<T>) => withNetworkErrors('api', `${interaqtEndpoint}/ping`, request)

  const toRequest = (input: RequestInfo | URL, init: RequestInit) => {
    const target = typeof input === 'string' && input.startsWith('/') ? interaqtEndpoint + input : input
    // A redirect is an error: some browsers would send the token along to another origin.
    const request = new Request(target, { ...init, redirect: 'error' })
    if (new URL(request.url).origin === new URL(interaqtEndpoint).origin) return request
    throw new TypeError(`Not of ${interaqtEndpoint}: ${request.url}`)
  }

  const call = async <T>(
    request: Request,
    { timeoutMs = settings.timeoutMs, organizationId }: CallOptions,
    read: (response: Response) => T | Promise<T>,
  ): Promise<T> => {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new NetworkError('api_timeout')), timeoutMs)
    const signal = AbortSignal.any([request.signal, deadline.signal])
    let token: string | undefined
    const attempt = async () => {
      const { headers } = request
      if (devUserId && devUserIdHeader) headers.set(devUserIdHeader, devUserId)
      else if (getToken) {
        token = await getToken(organizationId, token)
        headers.set('authorization', `Bearer ${token}`)
      }
      return ask(() => fetch(request.clone(), { signal }))
    }
    try {
      const response = await attempt()
      // The keys were rotated, the clock is wrong or the person was suspended: Logto knows, so ask it once.
      return await read(token && response.status === 401 ? await attempt() : response)
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async post(path, body, given) {
      // Also the options of `interact`, without the fields of an interaction.
      checkOptions('Options of a call', given, getToken ? CALL_RULES : SESSION_CALL_RULES)
      const { headers = {}, signal = null, ...options } = given ?? {}
      const request = toRequest(path, { method: 'POST', headers, signal, body: JSON.stringify(body) })
      request.headers.set('content-type', 'application/json')
      return call(request, options, async (response) =>
        parseAnswer(response, await ask(() => response.text())),
      )
    },

    fetch: async (input, init = {}) => call(toRequest(input, init), {}, (response) => response),
  }
}

function parseAnswer({ ok, status }: Response, text: string): unknown {
  let body: unknown
  try {
    body = text ? JSON.parse(text) : undefined
  } catch {
    body = text
  }
  if (ok && body !== text) return body
  // `Object` turns null and text into something without these fields.
  const { code, message }: { code?: unknown; message?: unknown } = Object(Object(body).error)
  throw new ApiError(
    status,
    String(code ?? `http_${status}`),
    String(message ?? `The server answers ${status}.`),
    body,
  )
}
