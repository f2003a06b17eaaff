import type { MiddlewareHandler } from 'hono'
import type { cors as honoCors } from 'hono/cors'
import { isObject } from '../logto/is-object.js'
import {
  BOOLEAN,
  defined,
  integer,
  type OptionRule,
  type OptionRules,
  objectWith,
  STRINGS,
} from '../logto/option-rules.js'
import { cors } from './hono-peer.js'

/** Options of hono/cors: `origin`, `credentials`, `allowHeaders`, `exposeHeaders`, `maxAge` (seconds) and the rest. */
export type CorsOptions = NonNullable<Parameters<typeof honoCors>[0]>

/** Browsers send scheme, host and port alone, so anything with a path or a trailing slash would never match. */
const ORIGIN: OptionRule = {
  expected: 'an origin without a path or a trailing slash, such as "https://app.example.com"',
  accepts: (value) => typeof value === 'string' && /^(\*|null|[a-z][a-z\d+.-]*:\/\/[^/?#\s]+)$/.test(value),
}

const CORS_FIELDS = {
  // As `undefined` it would take the place of the default, and every request would fail.
  origin: defined({
    ...ORIGIN,
    expected: `${ORIGIN.expected}, an array of such, or a function`,
    accepts: (value: unknown) => typeof value === 'function' || Array.isArray(value) || ORIGIN.accepts(value),
    item: ORIGIN,
    variable: 'FRONTEND_URL',
  }),
  allowMethods: {
    expected: `${STRINGS.expected}, or a function`,
    accepts: (value: unknown) => typeof value === 'function' || STRINGS.accepts(value),
  },
  allowHeaders: STRINGS,
  maxAge: integer(-1),
  credentials: BOOLEAN,
  exposeHeaders: STRINGS,
} satisfies OptionRules<CorsOptions>

export const CORS_RULE: OptionRule = {
  ...objectWith(CORS_FIELDS),
  expected: 'true, false or an object such as { origin: "https://app.example.com" }',
  accepts: (value) => typeof value === 'boolean' || isObject(value),
}

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
