import type { Context, Hono } from 'hono'
import { errorBody, errorResponse } from '../logto/http-facing-error.js'
import { readChunks } from '../logto/read-chunks.js'
import { AuthError } from '../server/auth-error.js'
import { assertSameOrigin, returnToOf } from './cross-site.js'
import { SessionError } from './errors.js'
import type { LogtoApplication, SignInHints } from './logto-application.js'
import { type SignInFailure, signInFailureOf } from './logto-requests.js'
import type { Settings } from './options.js'
import { HonoApp } from './peers.js'
import { publicAddressOf } from './public-address.js'
import type { Refusals } from './refusals.js'
import type { Profile, Session } from './session.js'
import type { Sessions } from './sessions.js'
import type { SignInAttempts } from './sign-in-attempts.js'

/** Answer of `GET /auth/me`. */
export interface SignedIn {
  isAuthenticated: boolean
  /** Who is signed in; `id` is the Logto user id. */
  user?: Profile & { id: string }
  /** Seconds since the epoch when the session ends at the latest. */
  expiresAt?: number
}

interface Parts {
  settings: Settings
  refusals: Refusals
  logto: LogtoApplication
  sessions: Sessions
  attempts: SignInAttempts
}

/** A form with one token, as Logto posts it. */
const MAX_LOGOUT_BODY_BYTES = 16_384

/** The routes of a session, below its path. */
export function createRoutes(parts: Parts): Hono {
  const app = new HonoApp()
  app.use('*', async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
  })
  app.get('/sign-in', (c) => beginSignIn(c, parts))
  app.get('/callback', (c) => completeSignIn(c, parts))
  app.post('/sign-out', (c) => signOut(c, parts))
  app.get('/me', async (c) => c.json(await whoIsSignedIn(c.req.raw.headers, parts)))
  app.post('/back-channel-logout', (c) => backChannelLogout(c, parts))
  app.onError((error, c) => answerError(error, c.req.raw, parts))
  app.notFound(() => errorResponse(404, errorBody('not_found', 'There is nothing at this path.')))
  return app
}

async function beginSignIn(c: Context, { settings, logto, attempts }: Parts): Promise<Response> {
  const { headers } = c.req.raw
  const address = publicAddressOf(settings, headers)
  const returnTo = returnToOf(c.req.queries('returnTo') ?? [], address, settings.path)
  try {
    const { url, session } = await logto.beginSignIn(`${address.url}${settings.path}/callback`, hintsOf(c))
    return redirect(url, await attempts.keep(session, returnTo, headers))
  } catch (error) {
    settings.onError(error)
    return redirect(withAuthError(returnTo, 'logto_unavailable'))
  }
}

async function completeSignIn(
  c: Context,
  { settings, refusals, logto, sessions, attempts }: Parts,
): Promise<Response> {
  const { headers } = c.req.raw
  const { url } = publicAddressOf(settings, headers)
  const taken = await attempts.take(c.req.query('state') ?? '', headers)
  if (typeof taken === 'string') {
    // Back and forward in the browser's history come here again, also when somebody is signed in.
    const home = `${url}/`
    if (await sessions.find(headers)) return redirect(home)
    refusals.reportSignIn(FAILURES[taken], c.req.raw)
    return redirect(withAuthError(home, FAILURES[taken]))
  }

  const { attempt, cookies } = taken
  const fail = (failure: SignInFailure) => redirect(withAuthError(attempt.returnTo, failure), cookies)
  try {
    // An answer of another issuer does not belong to this attempt.
    const { searchParams: answer } = new URL(c.req.url)
    const problem = await logto.callbackProblem(answer)
    if (problem !== undefined) {
      refusals.reportSignIn('sign_in_refused', c.req.raw, new Error(problem))
      return fail('sign_in_refused')
    }
    // Written anew: the SDK takes a second question mark for the end of the query, and would see less than was checked.
    const grant = await logto.completeSignIn(`${attempt.redirectUri}?${answer}`, attempt)
    return redirect(attempt.returnTo, [...cookies, ...(await sessions.begin(headers, grant))])
  } catch (error) {
    const { failure, isFault } = signInFailureOf(error)
    if (isFault) settings.onError(error)
    else refusals.reportSignIn(failure, c.req.raw, error)
    return fail(failure)
  }
}

const FAILURES = { unknown: 'state_mismatch', used: 'code_expired' } as const

async function signOut(c: Context, { settings, logto, sessions }: Parts): Promise<Response> {
  const { headers } = c.req.raw
  const address = publicAddressOf(settings, headers)
  assertSameOrigin(headers, address.origin)
  const returnTo = returnToOf(c.req.queries('returnTo') ?? [], address, settings.path)
  // Here first: this browser is signed out even if Logto cannot be asked.
  const { session, cookies } = await sessions.end(headers)
  const wantsJson = headers.get('accept')?.includes('application/json') ?? false
  try {
    const url = await logto.signOut(session?.refreshToken, returnTo)
    return withCookies(wantsJson ? Response.json({ url }) : redirect(url), cookies)
  } catch (error) {
    settings.onError(error)
    const refusal = new SessionError('logto_unavailable', { cause: error })
    return withCookies(wantsJson ? refusal.getResponse() : redirect(returnTo), cookies)
  }
}

/** Returns who is signed in. Asks Logto when the access token has to be renewed; an outage ends no session. */
export async function whoIsSignedIn(
  headers: Headers,
  { settings, refusals, sessions }: Pick<Parts, 'settings' | 'refusals' | 'sessions'>,
): Promise<SignedIn> {
  try {
    await sessions.claimsOf(headers)
  } catch (error) {
    if (!(error instanceof SessionError) && !(error instanceof AuthError)) throw error
    if (error instanceof AuthError) {
      // Logto's token is not good enough here, for example of another audience: nobody would see why they stay signed out.
      refusals.report(error, { method: 'GET', url: `${settings.path}/me`, route: 'me' })
    }
    if (error.status !== 503) return { isAuthenticated: false }
  }
  const session = await sessions.find(headers)
  return session ? toSignedIn(session) : { isAuthenticated: false }
}

function toSignedIn({ userId, profile, expiresAt }: Session): SignedIn {
  return { isAuthenticated: true, user: { id: userId, ...profile }, expiresAt: Math.floor(expiresAt) }
}

async function backChannelLogout(c: Context, { logto, sessions }: Parts): Promise<Response> {
  const { body } = c.req.raw
  const bytes = body ? await readChunks(body.getReader(), MAX_LOGOUT_BODY_BYTES) : new Uint8Array()
  if (!bytes) throw new SessionError('logout_token_refused', { detail: 'The body is too large' })
  const token = new URLSearchParams(new TextDecoder().decode(bytes)).get('logout_token') ?? ''
  await sessions.endAll(await logto.verifyLogoutToken(token))
  return new Response(null, { status: 200 })
}

function answerError(error: unknown, request: Request, { settings, refusals }: Parts): Response {
  if (error instanceof SessionError) {
    const { method, url } = request
    if (error.status < 500) refusals.report(error, { method, url, route: 'session', request })
    if (error.status >= 500 || error.code === 'logout_token_refused') settings.onError(error)
    return error.getResponse()
  }
  settings.onError(error)
  return errorResponse(500, errorBody('internal_error', 'The server could not process the request.'))
}

const FIRST_SCREENS = [
  'sign_in',
  'register',
  'reset_password',
  'identifier:sign_in',
  'identifier:register',
  'single_sign_on',
] as const

/** Adds the reason to the address of a page: the browser Client reads it in `handleCallback`. */
function withAuthError(returnTo: string, code: string): string {
  const url = new URL(returnTo)
  url.searchParams.set('auth_error', code)
  return url.href
}

function hintsOf(c: Context): SignInHints {
  const asked = c.req.query('firstScreen')
  const firstScreen = FIRST_SCREENS.find((known) => known === asked)
  const loginHint = c.req.query('loginHint')?.slice(0, 200)
  return { ...(firstScreen && { firstScreen }), ...(loginHint && { loginHint }) }
}

// 303: whatever the method was, the browser goes on with GET (RFC 9110, 15.4.4).
function redirect(location: string, cookies: readonly string[] = []): Response {
  return withCookies(new Response(null, { status: 303, headers: { location } }), cookies)
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  const answer = new Response(response.body, response)
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie)
  return answer
}
