import type { Hono } from 'hono'

/** Sign-in on the server, as far as the HTTP app needs it: its routes, and middleware that renews its cookie. */
export interface SessionRoutes {
  /** Adds both to the app, before its own routes. */
  mount(app: Hono): void
  /** Whether a request carries the session's cookie, genuine or not. */
  hasCookie?(headers: Headers): boolean
  /** Ends the session of a request, so that the answer removes its cookie. */
  end?(headers: Headers): Promise<void>
}
