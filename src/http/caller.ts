import type { IncomingHttpHeaders } from 'node:http'
import type { InteractionController, InteraqtRow } from '../interaqt/interaqt-model.js'
import { where } from '../interaqt/interaqt-peer.js'
import { type Connection, noteConnection } from '../logto/connection.js'
import { isObject } from '../logto/is-object.js'
import { FUNCTION, type OptionRules, objectThatCan, required, STRING } from '../logto/option-rules.js'
import type { ProtectedResource } from '../server/protected-resource.js'
import type { LogtoWebhookEvent } from '../webhook/index.js'
import { isForCallers, refusalOf } from './error-response.js'
import { HttpError } from './http-error.js'
import type { SessionRoutes } from './session-routes.js'

/** Who calls, as `createParseUserId` of the server entry returns it. */
export interface CallerIdentity {
  /** The Logto user id. */
  userId: string
  scopes: string[]
  organizationId?: string
  /** Claims of the access token: conditions see them as `event.user.claims`, and its `act` as `event.user.actor`. */
  claims?: Readonly<Record<string, unknown>>
}

/**
 * Finds out who calls. The form of the original Logto guide returns the Logto user id; the better form,
 * `createParseUserId(logto)`, returns the identity with its scopes. `undefined` means that nobody is signed in. Names of
 * headers are in lower case.
 *
 * What it may throw: this package's errors, Hono's HTTPException and errors with `expose: true` are answered as they say.
 * A `status` or `statusCode` of 401 or 403 on anything else is answered as 401 `unauthenticated` or 403 `forbidden`,
 * without its message or headers. All else is answered as 500 `internal_error`.
 */
export interface ParseUserId {
  /** @param connection - of the request; `createApp` always gives it. Its address is known under `@hono/node-server` alone. */
  (
    headers: IncomingHttpHeaders,
    connection?: Connection,
  ): Promise<string | CallerIdentity | undefined> | string | CallerIdentity | undefined
  /**
   * Whether a request carries credentials beside `Authorization`, good or bad: a session cookie. A data API with
   * `allowAnonymous` then refuses what this function refuses. `createSession` sets it.
   */
  hasCredentials?(headers: Headers): boolean
  /** True when a header is believed without proof (`devUserIdHeader`): `startServer` then listens on loopback only. */
  loopbackOnly?: boolean
  /** Of `createParseUserId(logto)`: what the metadata of RFC 9728 says. */
  protectedResource?: ProtectedResource
}

/** The sync of User records, as far as the HTTP app needs it: `createLogtoSync` of the interaqt entry. */
export interface UserSync {
  /** Name of the User entity; without it `interactionUser` cannot be checked at the start. */
  readonly userEntity?: string
  /** The User record of a Logto user, fetched from Logto when it is missing. */
  ensureUser(logtoUserId: string): Promise<InteraqtRow>
  /** Applies one webhook event to the User records. */
  apply(event: LogtoWebhookEvent): Promise<unknown>
  /** Throws when the sync has no Controller yet. `createApp` calls it, so that the start fails and not a request. */
  assertAttached?(): void
  /** Throws when Logto no longer lets this server read users. The webhook route calls it for a test delivery. */
  checkLogto?(): Promise<void>
  /** Throws when the database lacks what the sync needs. `startServer` calls it before it listens. */
  checkDatabase?(): Promise<void>
}

/** Where the callers' records are. */
export interface CallerOptions {
  parseUserId: ParseUserId
  /**
   * Users are provisioned just in time, and found by their Logto user id. False where a sync is attached to the
   * Controller, and this app does without it.
   */
  sync?: UserSync | false
  /** Without `sync`: entity of the callers' records. Default `User`. */
  userEntity?: string
  /** Without `sync`: its property that holds what `parseUserId` returns. Default `logtoId`. */
  userProperty?: string
}

const SYNC = objectThatCan('what createLogtoSync returns', 'ensureUser', 'apply')

export const CALLER_RULES = {
  parseUserId: required(
    FUNCTION,
    'createParseUserId(logto) of the server entry makes it, or give session.parseUserId of createSession',
  ),
  sync: { ...SYNC, accepts: (value) => value === false || SYNC.accepts(value) },
  userEntity: STRING,
  userProperty: STRING,
} satisfies OptionRules<CallerOptions>

interface WithSession {
  session?: SessionRoutes
}

/** A caller who is signed in and has a User record that is neither suspended nor deleted. */
export interface Caller {
  /** The whole User record. */
  record: InteraqtRow
  /** What the sign-in proves. */
  identity: CallerIdentity
}

/**
 * Returns the caller of a request.
 *
 * @throws HttpError `unauthenticated`, `user_unknown`, `user_deleted` (401), `user_suspended` (403), and what
 * `parseUserId` and `sync.ensureUser` throw.
 */
export async function findCaller(
  controller: InteractionController,
  options: CallerOptions,
  headers: Headers,
  connection: Connection,
): Promise<Caller> {
  const identity = toIdentity(await parseUserId(options, headers, connection))
  if (!identity) throw unauthenticated()
  const record = await findRecord(controller, options, identity.userId)
  // A token outlives its user: Logto's tokens verify until `exp`, also after a suspension or deletion.
  if (record.isDeleted === true)
    throw invalidToken('user_deleted', 'This user was deleted.', 'nothing: the token outlives its user')
  if (record.isSuspended === true) throw suspended()
  return { record, identity }
}

/**
 * Returns the caller as `findCaller` does, but `undefined` for a request without credentials. A bad token or session cookie
 * stays an error.
 */
export async function findCallerIfAny(
  controller: InteractionController,
  options: CallerOptions & WithSession,
  headers: Headers,
  connection: Connection,
): Promise<Caller | undefined> {
  try {
    return await findCaller(controller, options, headers, connection)
  } catch (error) {
    if (refusalOf(error).status !== 401) throw error
    if (!hasCredentials(options, headers)) return undefined
    await endSessionOfNobody(error, options, headers)
    throw error
  }
}

/** Ends the session of a person who is gone: its cookie would keep the browser out of what everybody may see. */
async function endSessionOfNobody(error: unknown, { session }: WithSession, headers: Headers): Promise<void> {
  const code = refusalOf(error).error?.code
  const isGone = code === 'user_deleted' || code === 'user_unknown'
  // A bearer token may be another person's than the cookie.
  if (!isGone || headers.has('authorization')) return
  // The refusal is what counts; where the store is away, a later request ends the session.
  await session?.end?.(headers).catch(() => undefined)
}

function hasCredentials({ parseUserId, session }: CallerOptions & WithSession, headers: Headers): boolean {
  return (
    headers.has('authorization') ||
    session?.hasCookie?.(headers) === true ||
    parseUserId.hasCredentials?.(headers) === true
  )
}

// An async function, so that what a synchronous parseUserId throws is seen as well.
async function parseUserId(
  options: CallerOptions,
  headers: Headers,
  connection: Connection,
): Promise<string | CallerIdentity | undefined> {
  const given = Object.fromEntries(headers)
  // For a parseUserId within a function of the application's, which passes the headers on and nothing else.
  noteConnection(given, connection)
  try {
    return await options.parseUserId(given, connection)
  } catch (thrown) {
    throw refusalByStatus(thrown) ?? thrown
  }
}

/** The contract of `ParseUserId`: of an error that is not made for callers, only a status of 401 or 403 counts. */
function refusalByStatus(thrown: unknown): HttpError | undefined {
  const status = statusOf(thrown)
  if (status === 401) return unauthenticated(thrown)
  if (status === 403)
    return new HttpError(403, 'forbidden', 'You may not do this.', { cause: thrown, remedy: PARSER_REFUSED })
  return undefined
}

// The fields of what was thrown may throw when they are read.
function statusOf(thrown: unknown): unknown {
  try {
    return !isObject(thrown) || isForCallers(thrown) ? undefined : (thrown.statusCode ?? thrown.status)
  } catch {
    return undefined
  }
}

function toIdentity(parsed: string | CallerIdentity | undefined): CallerIdentity | undefined {
  if (!parsed) return undefined
  const identity = typeof parsed === 'string' ? { userId: parsed, scopes: [] } : parsed
  // An empty or foreign value must never become a query for "any user".
  return typeof identity.userId === 'string' && identity.userId ? identity : undefined
}

async function findRecord(
  controller: InteractionController,
  { sync, userEntity = 'User', userProperty = 'logtoId' }: CallerOptions,
  userId: string,
): Promise<InteraqtRow> {
  if (sync) return sync.ensureUser(userId)
  const record = await controller.system.storage.findOne(
    userEntity,
    where(userProperty, '=', userId),
    undefined,
    ['*'],
  )
  if (!record)
    throw invalidToken('user_unknown', 'This user is not known here.', 'create the record, or give sync')
  return record
}

const PARSER_REFUSED = 'look at the reason: parseUserId refused the request'

function unauthenticated(cause?: unknown): HttpError {
  return new HttpError(401, 'unauthenticated', 'Sign in first.', {
    cause,
    remedy: cause === undefined ? 'sign in: parseUserId found nobody in the headers' : PARSER_REFUSED,
  })
}

function suspended(): HttpError {
  return new HttpError(403, 'user_suspended', 'This user is suspended.', {
    remedy: 'lift the suspension in Logto',
  })
}

function invalidToken(code: string, message: string, remedy: string): HttpError {
  return new HttpError(401, code, message, {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    remedy,
  })
}
