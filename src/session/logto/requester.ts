import type { ClientAdapter } from '@logto/node'
import type { Settings } from '../options.js'
import type { Discovery } from './discovery.js'
import { LogtoAnswerError } from './logto-answer.js'

type RequestSettings = Pick<Settings, 'appId' | 'appSecret' | 'timeoutMs' | 'fetch'>

/**
 * How the SDK's requests reach Logto: the discovery document comes from memory, all others go out with the application's
 * secret, a timeout, and no redirects.
 *
 * The function throws LogtoAnswerError, and what fetch throws.
 */
export function requesterOf(
  { appId, appSecret, timeoutMs, fetch: ownFetch }: RequestSettings,
  discovery: Discovery,
): ClientAdapter['requester'] {
  const authorization = basicAuthorization(appId, appSecret)
  return async (input, init) => {
    const url = String(input)
    // A copy: whoever asks may change it, and gets the type that it asks for.
    if (url === discovery.url) return JSON.parse(JSON.stringify(await discovery.endpoints()))
    const headers = new Headers(init?.headers)
    headers.set('authorization', authorization)
    const fetch = ownFetch ?? globalThis.fetch
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, { ...init, headers, redirect: 'manual', signal })
    const text = await response.text()
    if (!response.ok) throw new LogtoAnswerError(url, response.status, parseJson(text))
    // A revocation is answered with nothing (RFC 7009, 2.2).
    return JSON.parse(text || 'null')
  }
}

// RFC 6749, 2.3.1: both are form-encoded before they are joined.
function basicAuthorization(appId: string, appSecret: string): string {
  return `Basic ${btoa(`${encodeURIComponent(appId)}:${encodeURIComponent(appSecret)}`)}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
