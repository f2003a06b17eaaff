import { isLoopback } from '../logto/loopback.js'
import { headerOf, type RequestHeaders } from '../server/bearer-token.js'

/** The application's address as the browser of a request sees it. */
export interface PublicAddress {
  /** Without trailing slash, with the path of `baseUrl` where it has one. */
  url: string
  origin: string
  /** Reached by https: cookies are Secure and have the `__Host-` prefix. */
  isSecure: boolean
}

/** What decides which address counts. */
export interface AddressSettings {
  /** That of `baseUrl`. */
  address: PublicAddress
  trustProxy: boolean
}

/**
 * Returns the address of a request. `Host` never counts. With `trustProxy` the forwarded headers do, unless they name an
 * address where a session would not be safe.
 */
export function publicAddressOf(
  { address, trustProxy }: AddressSettings,
  headers: RequestHeaders,
): PublicAddress {
  return (trustProxy && forwardedAddress(address, headers)) || address
}

/** Returns the address of a URL that was checked. */
export function addressOf(url: string): PublicAddress {
  const { origin, protocol, pathname } = new URL(url)
  // Proxies name the default port too, and Logto compares redirect URIs byte for byte.
  return { url: `${origin}${pathname.replace(/\/$/, '')}`, origin, isSecure: protocol === 'https:' }
}

/** Whether a session is safe at a URL: with http, everybody on the way can read its cookie. */
export function isSafeForSessions(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || isLoopback(hostname)
}

function forwardedAddress(configured: PublicAddress, headers: RequestHeaders): PublicAddress | undefined {
  const { protocol, host, pathname } = new URL(configured.url)
  const forwardedProtocol = firstOf(headers, 'x-forwarded-proto') ?? protocol.slice(0, -1)
  const forwardedHost = firstOf(headers, 'x-forwarded-host') ?? host
  const isWellFormed =
    /^https?$/.test(forwardedProtocol) && /^(\[[\da-f:]+\]|[\w.-]+)(:\d{1,5})?$/i.test(forwardedHost)
  if (!isWellFormed) return undefined
  const url = `${forwardedProtocol}://${forwardedHost}${pathname}`
  return URL.canParse(url) && isSafeForSessions(url) ? addressOf(url) : undefined
}

// A chain of proxies appends: the first value is the one that the browser used.
function firstOf(headers: RequestHeaders, name: string): string | undefined {
  return headerOf(headers, name)?.split(',')[0]?.trim() || undefined
}
