import type { Context, Next } from 'hono'

/** Middleware that keeps answers from caches, which might give one caller's to the next, and from guesses of their type. */
export async function addDefaultHeaders(c: Context, next: Next): Promise<void> {
  await next()
  // A change of protocol, as some runtimes have it: there is nothing to keep, and it cannot be copied.
  if (c.res.status === 101) return
  const { headers } = c.res
  const isForCaches = headers.has('cache-control')
  try {
    if (!isForCaches) headers.set('cache-control', 'no-store')
    headers.set('x-content-type-options', 'nosniff')
  } catch {
    // The headers of what fetch() and Response.redirect() return cannot be changed; Hono then makes a copy.
    if (!isForCaches) c.header('cache-control', 'no-store')
    c.header('x-content-type-options', 'nosniff')
  }
}
