import { headerOf, type RequestHeaders } from '../../server/bearer-token.js'
import { SessionError } from '../errors.js'

/**
 * Lets only requests pass that the application's own pages sent. A cookie goes along with requests that other sites
 * cause; `Origin` and `Sec-Fetch-Site` are set by the browser alone (Fetch, "forbidden request-header"; Fetch Metadata).
 * Where one is present it must be ours, and one must be present.
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

/** Methods that change nothing (RFC 9110, 9.2.1). */
export function isSafe(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method)
}
