import type { MiddlewareHandler } from 'hono'
import type { cors as honoCors } from 'hono/cors'
import { cors } from './hono-peer.js'

/** Options of hono/cors: `origin`, `credentials`, `allowHeaders`, `exposeHeaders`, `maxAge` (seconds) and the rest. */
export type CorsOptions = NonNullable<Parameters<typeof honoCors>[0]>

// Without these two a browser's code can read neither why a token was refused nor when to come again.
const EXPOSED = ['WWW-Authenticate', 'Retry-After']

/** The CORS middleware. A preflight is kept for ten minutes, unless `maxAge` says otherwise. */
export function corsOf(options: true | CorsOptions): MiddlewareHandler {
  const given: Partial<CorsOptions> = options === true ? {} : options
  return cors({
    origin: '*',
    allowMethods: ['GET', 'POST'],
    maxAge: 600,
    ...given,
    exposeHeaders: [...new Set([...EXPOSED, ...(given.exposeHeaders ?? [])])],
  })
}
