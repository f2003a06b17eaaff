/**
 * Returns a URL with the host of another: its scheme, host and port are those of `baseUrl`, path and query those of `url`.
 *
 * The Host header decides the hosts in Logto's discovery document, and a proxy may have rewritten it to a name that only
 * browsers can reach. A document must not be able to send our secrets elsewhere, either.
 *
 * @throws Error when the result would be of another origin.
 */
export function onHostOf(baseUrl: string, url: string): string {
  const { pathname, search } = new URL(url)
  const { origin } = new URL(baseUrl)
  const moved = new URL(baseUrl)
  // Set, not resolved against the base: a reference that begins with // names a host (RFC 3986, section 4.2).
  moved.pathname = pathname
  moved.search = search
  moved.hash = ''
  // A discovered issuer could have them, and would then look like another host.
  moved.username = ''
  moved.password = ''
  assertOrigin(moved, origin)
  return moved.href
}

/**
 * Returns the URL of a path below another URL.
 *
 * @param path - begins with a slash.
 * @throws Error when the path leads out of it, to another host or by dots to a path above.
 */
export function urlBelow(baseUrl: string, path: string): string {
  const base = new URL(baseUrl)
  const url = new URL(baseUrl + path)
  assertOrigin(url, base.origin)
  if (url.pathname.startsWith(`${base.pathname}/`)) return url.href
  throw new Error(`Expected a path below ${baseUrl}, got ${url.pathname}`)
}

/**
 * Returns an id as one segment of a path; undefined when no path can hold it: encoding leaves dots alone, which a URL takes
 * for a way up, and half a surrogate pair cannot be encoded.
 */
export function pathSegmentOf(id: string): string | undefined {
  return /^\.{0,2}$|\p{Surrogate}/u.test(id) ? undefined : encodeURIComponent(id)
}

/** Whether a value is an http(s) URL. No other scheme is fetched, and to no other is a browser sent. */
export function isWebUrl(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

function assertOrigin(url: URL, origin: string): void {
  if (isWebUrl(url.href) && url.origin === origin) return
  throw new Error(`Expected a URL of ${origin}, got one of ${url.origin}`)
}
