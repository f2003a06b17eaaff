import { isLoopback } from '../../logto/loopback.js'
import { headerOf, type RequestHeaders } from '../../server/bearer-token.js'
import type { Settings } from '../options.js'

/** The application's address as the browser of a request sees it. */
export interface PublicAddress {
  /** Without trailing slash, with the path of `baseUrl` where it has one. */
  url: string
  origin: string
  /** Reached by https: cookies are Secure and have the `__Host-` prefix. */
  isSecure: boolean
}

/**
 * How a request was addressed. `Host` never counts. With `trustProxy` the forwarded headers do, unless they name an
 * address where a session would not be safe.
 */
export function publicAddressOf(
  { baseUrl, trustProxy }: Pick<Settings, 'baseUrl' | 'trustProxy'>,
  headers: RequestHeaders,
): PublicAddress {
  return (trustProxy && forwardedAddress(baseUrl, headers)) || configuredAddress(baseUrl)
}

const configured = new Map<string, PublicAddress>()

// Every request asks for it, several times; there are as many as there are `baseUrl`s in the process.
function configuredAddress(baseUrl: string): PublicAddress {
  const known = configured.get(baseUrl)
  if (known) return known
  const address = addressOf(baseUrl)
  configured.set(baseUrl, address)
  return address
}

function forwardedAddress(baseUrl: string, headers: RequestHeaders): PublicAddress | undefined {
  const configured = new URL(baseUrl)
  const protocol = firstOf(headers, 'x-forwarded-proto') ?? configured.protocol.slice(0, -1)
  const host = firstOf(headers, 'x-forwarded-host') ?? configured.host
  if (!/^https?$/.test(protocol) || !/^(\[[\da-f:]+\]|[\w.-]+)(:\d{1,5})?$/i.test(host)) return undefined
  const url = `${protocol}://${host}${configured.pathname}`
  if (!URL.canParse(url)) return undefined
  return protocol === 'https' || isLoopback(new URL(url).hostname) ? addressOf(url) : undefined
}

// A chain of proxies appends: the first value is the one that the browser used.
function firstOf(headers: RequestHeaders, name: string): string | undefined {
  return headerOf(headers, name)?.split(',')[0]?.trim() || undefined
}

function addressOf(url: string): PublicAddress {
  const { origin, protocol, pathname } = new URL(url)
  // Proxies name the default port too, and Logto compares redirect URIs byte for byte.
  return { url: `${origin}${pathname.replace(/\/$/, '')}`, origin, isSecure: protocol === 'https:' }
}
