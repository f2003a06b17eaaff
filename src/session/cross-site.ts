import { headerOf, type RequestHeaders } from '../server/bearer-token.js'
import { SessionError } from './errors.js'
import type { PublicAddress } from './public-address.js'

// What another site could do with a browser that has a session here: send requests that carry its cookie, and choose
// the page that a sign-in ends at.

const MAX_RETURN_TO_LENGTH = 1_000

/** Whether a method changes nothing (RFC 9110, 9.2.1). */
export function isSafe(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method)
}

/**
 * Lets only requests pass that the application's own pages sent. The browser alone sets `Origin` and `Sec-Fetch-Site`
 * (Fetch, "forbidden request-header"; Fetch Metadata). One must be present, and each that is present must be ours.
 *
 * @throws SessionError `cross_site_request`.
 */
export function assertSameOrigin(headers: RequestHeaders, origin: string): void {
  const requestOrigin = headerOf(headers, 'origin')
  const site = headerOf(headers, 'sec-fetch-site')
  const isOurs =
    (requestOrigin === undefined || requestOrigin === origin) &&
    (site === undefined || site === 'same-origin')
  if (isOurs && (requestOrigin ?? site) !== undefined) return
  throw new SessionError('cross_site_request', {
    detail: `Expected Origin ${origin} or Sec-Fetch-Site same-origin, got ${JSON.stringify({ requestOrigin, site })}`,
  })
}

/**
 * Returns the page to return to, as an absolute URL of this application. Absolute, because a path may begin with `//` even after
 * parsing (`/.//evil.example`), and a browser would read that as another host.
 *
 * @param given - every `returnTo` of the query: a path or URL; none: the application's root. Two are refused, because proxies
 * and servers differ in which one counts.
 * @param authPath - where the session's own routes are; a return to one of them would begin a loop.
 * @throws SessionError `return_to_refused`.
 */
export function returnToOf(given: readonly string[], address: PublicAddress, authPath: string): string {
  const [returnTo, ...others] = given
  if (!returnTo && others.length === 0) return `${address.url}/`
  const href = others.length === 0 ? hrefOf(returnTo ?? '', address.origin) : undefined
  // Not its `origin`: that of `blob:https://app.example.com/…` is https://app.example.com, too (URL, 4.7).
  if (href?.startsWith(`${address.origin}/`) && !isBelow(href, `${address.url}${authPath}`)) return href
  // Without the query, which may hold a code.
  const [page = ''] = given.join(' and ').slice(0, 200).split(/[?#]/, 1)
  throw new SessionError('return_to_refused', {
    detail: `Expected a URL of ${address.origin}, got ${JSON.stringify(page)}`,
  })
}

function hrefOf(url: string, base: string): string | undefined {
  return url.length <= MAX_RETURN_TO_LENGTH && URL.canParse(url, base) ? new URL(url, base).href : undefined
}

function isBelow(href: string, parent: string): boolean {
  const { origin, pathname } = new URL(href)
  return `${origin}${pathname}/`.startsWith(`${parent}/`)
}
