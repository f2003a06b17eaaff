/**
 * Returns the URL of a page of this origin. A URL's `origin` does not tell: that of `blob:https://app.example.com/…` is the
 * origin inside (URL, 4.7), and that of `data:` URLs is the one that a page in a sandbox has, "null".
 *
 * @throws TypeError for any other URL.
 */
export function ownPage(page: string | URL): URL {
  const url = new URL(page, location.href)
  if (url.href.startsWith(`${location.origin}/`) && /^http/.test(url.href)) return url
  throw new TypeError(`Not of ${location.origin}: ${page}`)
}
