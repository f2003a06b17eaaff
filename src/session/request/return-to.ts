import { SessionError } from '../errors.js'
import type { PublicAddress } from './public-address.js'

const MAX_LENGTH = 1_000

/**
 * The page to go to afterwards, as an absolute URL of this application. Absolute, because a path may begin with `//`
 * even after parsing (`/.//evil.example`), and a browser would read that as another host.
 *
 * @param given - from the query: a path or URL; absent: the application's root.
 * @param authPath - where the session's own routes are; going there would lead round in circles.
 * @throws SessionError `return_to_refused`.
 */
export function returnToOf(given: string | undefined, address: PublicAddress, authPath: string): string {
  if (given === undefined || given === '') return `${address.url}/`
  if (given.length <= MAX_LENGTH && URL.canParse(given, address.origin)) {
    const url = new URL(given, address.origin)
    const isPlain = url.username === '' && url.password === ''
    if (url.origin === address.origin && isPlain && !isBelow(url, `${address.url}${authPath}`))
      return url.href
  }
  throw new SessionError('return_to_refused', {
    detail: `Expected a URL of ${address.origin}, got ${JSON.stringify(given.slice(0, 200))}`,
  })
}

/** The page, told why the sign-in did not succeed: the browser Client reads it in `handleCallback`. */
export function withAuthError(returnTo: string, code: string): string {
  const url = new URL(returnTo)
  url.searchParams.set('auth_error', code)
  return url.href
}

function isBelow({ origin, pathname }: URL, base: string): boolean {
  return `${origin}${pathname}/`.startsWith(`${base}/`)
}
