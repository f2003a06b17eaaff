import { callSafely } from '../logto/call-safely.js'
import { checkOptions } from '../logto/check-options.js'
import type { HttpFacingError } from '../logto/http-facing-error.js'
import { defaultResourceOf, parseEndpoint } from '../logto/index.js'
import { failureEntry } from '../logto/log-line.js'
import { LOGGER, type Logger } from '../logto/logger.js'
import {
  BOOLEAN,
  FUNCTION,
  from,
  NOT_NEGATIVE,
  type OptionRule,
  type OptionRules,
  objectThatCan,
  oneOrMore,
  POSITIVE,
  required,
  SERVER_ENDPOINT,
  STRING,
  STRINGS,
  secret,
  TIMEOUT_MS,
} from '../logto/option-rules.js'
import { PARSE_USER_ID_RULES } from '../server/parse-user-id.js'
import type { UserSource } from '../server/user-check.js'
import { SessionError } from './errors.js'
import { type AddressSettings, addressOf, isSafeForSessions } from './public-address.js'

/** What a store must be able to do: `createStorage` of `unstorage` makes one, with any of its drivers. */
export interface SessionStore {
  getItem(key: string): Promise<unknown>
  /** `ttl`: seconds after which the store may drop the record; drivers without it keep it. */
  setItem(key: string, value: string, options: { ttl: number }): Promise<void>
  removeItem(key: string): Promise<void>
  /** Keys that begin with `base`. */
  getKeys(base: string): Promise<string[]>
}

/** Settings of a session. Durations are seconds unless their name says otherwise. */
export interface SessionOptions {
  /** Base URL of Logto as this process reaches it. Browsers are sent to the host of Logto's issuer. */
  logtoEndpoint: string
  /** Id of the traditional web application in Logto. */
  appId: string
  /** Its secret. */
  appSecret: string
  /**
   * Encrypts the cookies: at least 32 random characters. Of a list the first encrypts and all decrypt: to rotate, append a
   * new one, put it in front once every process has it, and drop the old one when `lifetimeSeconds` have passed.
   */
  cookieSecret: string | readonly string[]
  /** URL of the application as browsers see it: `https://app.example.com`. Only loopback may be http. */
  baseUrl: string
  /** Base URL of the API, from which `resource` follows. Default: `baseUrl`. */
  interaqtEndpoint?: string
  /** API resource that the access token is for. Default `<interaqtEndpoint>/interaction`, byte for byte. */
  resource?: string
  /** Scopes to ask for beside `openid`, `offline_access` and `profile`: permissions of the resource, `email`, … */
  scopes?: readonly string[]
  /** Scopes that every request must have, all of them. */
  requiredScopes?: readonly string[]
  /** Organization that the access token must be for, by its id; it is asked for, too. */
  requiredOrganization?: string
  /**
   * Asks Logto once for each access token whether its user is suspended or gone: give the Client of the server entry, with
   * machine credentials. For applications without `sync`, whose User record decides otherwise.
   */
  users?: UserSource
  /** Expected `iss`. Default: what the discovery document at `logtoEndpoint` says. */
  issuer?: string
  /** Where the routes are. Default `/auth`. */
  path?: string
  /** Name of the session cookie, before its `__Host-`. Default `interaqt-session`. */
  cookieName?: string
  /**
   * Keeps the sessions here, and only an id in the cookie: a storage of `unstorage`, so Redis, a file or memory by its
   * drivers. Needed as soon as several processes serve one application. Default: the session itself is the cookie.
   */
  store?: SessionStore
  /** A session that is not used for this long ends. Default 259,200 (3 days). */
  idleSeconds?: number
  /** A session ends this long after the sign-in. Default 1,209,600 (14 days, as Logto's refresh tokens). */
  lifetimeSeconds?: number
  /** Renew the access token this long before it expires. Default 30. */
  expiryLeewaySeconds?: number
  /** Milliseconds for one request to Logto. Default 10,000. */
  timeoutMs?: number
  /**
   * Take the application's host and protocol from `X-Forwarded-Host` and `X-Forwarded-Proto` where they are present.
   * DANGER without a proxy that overwrites both: then a caller chooses them. Default false: `baseUrl` alone counts.
   */
  trustProxy?: boolean
  /** Replaces the global fetch for requests to Logto. */
  fetch?: typeof fetch
  /** Called with each fault that callers get no details of: Logto refuses or is away. Default: an error in the log. */
  onError?: (error: unknown) => void
  /**
   * Called with every request that the session's own routes refuse with 401 or 403; and, with `request` undefined, with
   * the AuthError behind a `GET /me` that answers "nobody" although there is a session. Default: one line in the log for
   * each code and route and minute, with `NODE_ENV=development` every one. What `parseUserId` refuses goes to the server.
   */
  onRefused?: (error: HttpFacingError, request: Request | undefined) => void
  /** Where the session writes its log. Default: `console`. */
  logger?: Logger
}

/** Options without a default that may be absent. */
type Optional = 'requiredOrganization' | 'users' | 'issuer' | 'store' | 'fetch' | 'onRefused'

/** The settings, complete and checked. */
export interface Settings
  extends Required<Omit<SessionOptions, 'cookieSecret' | 'baseUrl' | 'interaqtEndpoint' | Optional>>,
    Pick<SessionOptions, Optional>,
    AddressSettings {
  /** The first encrypts, all decrypt. */
  cookieSecrets: readonly string[]
}

/** A cookie may live 400 days at most (RFC 6265bis, 5.5). */
const MAX_LIFETIME_SECONDS = 400 * 86_400
const MIN_SECRET_LENGTH = 32

const COOKIE_SECRET: OptionRule = {
  expected: `a string of at least ${MIN_SECRET_LENGTH} random characters (openssl rand -base64 48)`,
  accepts: (value) => typeof value === 'string' && value.length >= MIN_SECRET_LENGTH,
  variable: 'COOKIE_SECRET',
}

export const SESSION_RULES = {
  logtoEndpoint: required(from('LOGTO_ENDPOINT', SERVER_ENDPOINT)),
  appId: required(from('LOGTO_WEB_APP_ID', STRING)),
  appSecret: required(from('LOGTO_WEB_APP_SECRET', secret(STRING))),
  cookieSecret: required(secret({ ...oneOrMore(COOKIE_SECRET), expected: COOKIE_SECRET.expected })),
  baseUrl: required(from('FRONTEND_URL', SERVER_ENDPOINT)),
  interaqtEndpoint: from('INTERAQT_ENDPOINT', SERVER_ENDPOINT),
  resource: STRING,
  scopes: STRINGS,
  requiredScopes: PARSE_USER_ID_RULES.requiredScopes,
  requiredOrganization: PARSE_USER_ID_RULES.requiredOrganization,
  users: PARSE_USER_ID_RULES.users,
  // Browsers are sent to its host.
  issuer: SERVER_ENDPOINT,
  path: {
    expected: 'a path such as "/auth"',
    accepts: (value: unknown) => typeof value === 'string' && /^(\/[\w.~-]+)+$/.test(value),
  },
  cookieName: {
    // RFC 6265, 4.1.1: a cookie name is a token; the pieces of a long cookie add ".0", ".1", …
    expected: 'made of letters, digits, "_" and "-"',
    accepts: (value: unknown) => typeof value === 'string' && /^[\w-]+$/.test(value),
  },
  store: objectThatCan(
    'a store such as createStorage() of unstorage makes',
    'getItem',
    'setItem',
    'removeItem',
    'getKeys',
  ),
  idleSeconds: POSITIVE,
  lifetimeSeconds: POSITIVE,
  expiryLeewaySeconds: NOT_NEGATIVE,
  timeoutMs: TIMEOUT_MS,
  trustProxy: BOOLEAN,
  fetch: FUNCTION,
  onError: FUNCTION,
  onRefused: FUNCTION,
  logger: LOGGER,
} satisfies OptionRules<SessionOptions>

/** @throws TypeError that names every setting that is missing, unknown, of another type, or not safe. */
export function toSettings(given: SessionOptions): Settings {
  checkOptions('createSession', given, SESSION_RULES)
  const { cookieSecret, baseUrl, interaqtEndpoint, ...options } = given
  const base = parseEndpoint(baseUrl, 'baseUrl')
  if (!isSafeForSessions(base)) {
    throw new TypeError(`baseUrl must be https, because anybody on the way could take the session: ${base}`)
  }
  const { lifetimeSeconds = 14 * 86_400 } = options
  const { logger = console, onError = (error: unknown) => logFault(error, logger) } = options
  const { idleSeconds = Math.min(3 * 86_400, lifetimeSeconds) } = options
  return {
    ...options,
    logtoEndpoint: parseEndpoint(options.logtoEndpoint, 'logtoEndpoint'),
    cookieSecrets: [cookieSecret].flat(),
    address: addressOf(base),
    resource:
      options.resource ?? defaultResourceOf(parseEndpoint(interaqtEndpoint ?? base, 'interaqtEndpoint')),
    scopes: options.scopes ?? [],
    requiredScopes: options.requiredScopes ?? [],
    path: options.path ?? '/auth',
    cookieName: options.cookieName ?? 'interaqt-session',
    idleSeconds: seconds(idleSeconds, 'idleSeconds', lifetimeSeconds),
    lifetimeSeconds: seconds(lifetimeSeconds, 'lifetimeSeconds', MAX_LIFETIME_SECONDS),
    expiryLeewaySeconds: options.expiryLeewaySeconds ?? 30,
    timeoutMs: options.timeoutMs ?? 10_000,
    trustProxy: options.trustProxy ?? false,
    logger,
    onError: (error) => callSafely('onError of the session', logger, () => onError(error)),
  }
}

function logFault(error: unknown, logger: Logger): void {
  // What was refused is no fault, and anybody can be refused often.
  if (error instanceof SessionError && error.status < 500) return
  logger.error(failureEntry('the session', error))
}

function seconds(value: number, name: string, max: number): number {
  if (Number.isFinite(value) && value > 0 && value <= max) return value
  throw new TypeError(`${name} must be more than 0 and at most ${max} seconds, got ${value}`)
}
