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
 * @param returnTo - from the query: a path or URL; absent: the application's root.
 * @param authPath - where the session's own routes are; a return to one of them would begin a loop.
 * @throws SessionError `return_to_refused`.
 */
export function returnToOf(returnTo: string | undefined, address: PublicAddress, authPath: string): string {
  if (!returnTo) return `${address.url}/`
  if (returnTo.length <= MAX_RETURN_TO_LENGTH && URL.canParse(returnTo, address.origin)) {
    const { href, origin, pathname, username, password } = new URL(returnTo, address.origin)
    const isBelowAuthPath = `${origin}${pathname}/`.startsWith(`${address.url}${authPath}/`)
    if (origin === address.origin && !username && !password && !isBelowAuthPath) return href
  }
  // Without the query, which may hold a code.
  const [page = ''] = returnTo.slice(0, 200).split(/[?#]/, 1)
  throw new SessionError('return_to_refused', {
    detail: `Expected a URL of ${address.origin}, got ${JSON.stringify(page)}`,
  })
}
