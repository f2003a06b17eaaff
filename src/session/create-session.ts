import type { Hono, MiddlewareHandler } from 'hono'
import type { RequestHeaders } from '../server/bearer-token.js'
import { createParseUserId, type ParseUserId } from '../server/parse-user-id.js'
import { LogtoApplication } from './logto-application.js'
import { type SessionOptions, type Settings, toSettings } from './options.js'
import { Refusals } from './refusals.js'
import { createRoutes, type SignedIn, whoIsSignedIn } from './routes.js'
import { Sessions } from './sessions.js'
import { SignInAttempts } from './sign-in-attempts.js'

/** Sign-in on the server: the browser has a cookie, and no token. */
export interface LogtoSession {
  /**
   * Identifies the caller of a request by its session cookie. Returns the same identity as `createParseUserId` does for a
   * bearer token. It is for requests that change something: whatever the method, it demands a same-origin `Origin` or
   * `Sec-Fetch-Site`.
   *
   * @throws SessionError `signed_out`, `session_ended`, `cross_site_request`, `logto_unavailable`; AuthError
   * `scope_insufficient`, `organization_mismatch`, with `users` `user_suspended` and `user_unknown`, and those of a token that Logto issued and this API does not accept.
   */
  parseUserId: ParseUserId
  /**
   * Adds the session to a Hono app, before the app's routes: the session's own routes, the check of requests that change
   * something, and the cookie of an answer whose session was renewed. `createApp` and `startServer` do it themselves.
   */
  mount(app: Hono): void
  /** The session's routes alone, to be served below `path`. */
  readonly routes: Hono
  /** Where the routes are. */
  readonly path: string
  /**
   * Returns who is signed in, as `GET /auth/me` answers it; for pages that the server renders.
   *
   * @throws what the store throws.
   */
  whoIsSignedIn(headers: Headers): Promise<SignedIn>
  /**
   * Whether a request carries the session's cookie, genuine or not. A data API with `allowAnonymous` then serves nobody
   * without a name.
   */
  hasCookie(headers: Headers): boolean
  /**
   * Ends the session of a request, for example of a person whose account was deleted. The answer removes its cookie.
   *
   * @throws what the store throws.
   */
  end(headers: Headers): Promise<void>
  /** Deletes expired records from a store that does not do so by itself (files, memory). Returns how many they were. */
  removeExpired(): Promise<number>
}

/**
 * Sign-in on the server for a traditional web application of Logto. Routes, below `/auth`: `GET /sign-in?returnTo=`,
 * `GET /callback`, `POST /sign-out?returnTo=`, `GET /me`, `POST /back-channel-logout`.
 *
 * @throws TypeError for settings that cannot work or are not safe.
 *
 * @example
 * const session = createSession({ logtoEndpoint, appId, appSecret, cookieSecret, baseUrl: 'https://app.example.com' })
 * await startServer(controller, { port: 4000, parseUserId: session.parseUserId, session, sync })
 */
export function createSession(options: SessionOptions): LogtoSession {
  const settings = toSettings(options)
  const logto = new LogtoApplication(settings)
  const sessions = new Sessions(settings, logto)
  const attempts = new SignInAttempts(settings)
  const refusals = new Refusals(settings)
  const routes = createRoutes({ settings, refusals, logto, sessions, attempts })
  const { requiredScopes, requiredOrganization, users } = settings

  const verifyJWTForAPI = async (headers: RequestHeaders) => {
    // Whatever the method was: parseUserId is for requests that change something.
    sessions.assertNotForged('POST', headers)
    return sessions.claimsOf(headers)
  }
  const parseUserId = createParseUserId(
    { verifyJWTForAPI },
    {
      requiredScopes,
      ...(requiredOrganization !== undefined && { requiredOrganization }),
      ...(users && { users }),
    },
  )
  const hasCookie = (headers: Headers) => sessions.isSent(headers)
  return {
    parseUserId: Object.assign(parseUserId, { hasCredentials: hasCookie }),
    hasCookie,
    end: (headers) => sessions.endWithAnswer(headers),
    mount(app) {
      app.use('*', middlewareOf(sessions, settings))
      app.route(settings.path, routes)
    },
    routes,
    path: settings.path,
    whoIsSignedIn: (headers) => whoIsSignedIn(headers, { settings, refusals, sessions }),
    removeExpired: () => sessions.removeExpired(),
  }
}

function middlewareOf(sessions: Sessions, { onError }: Settings): MiddlewareHandler {
  return async (c, next) => {
    const { headers, method } = c.req.raw
    sessions.assertNotForged(method, headers)
    await next()
    const cookies = await sessions.cookiesFor(headers, c.res.headers).catch((error) => {
      // The request is done: a store that is away must not turn its answer into an error.
      onError(error)
      return []
    })
    for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
    // A shared cache must not send one person's cookie to the next.
    if (cookies.length > 0) c.header('cache-control', 'no-store')
  }
}
