import { defaultResourceOf, withoutSlashes } from '../logto/endpoint.js'
import {
  ENDPOINT,
  from,
  NOT_NEGATIVE,
  type OptionRules,
  required,
  STRING,
  STRINGS,
  TEXT,
  TIMEOUT_MS,
} from '../logto/option-rules.js'
import { checkOptions } from './check-options.js'

/** Settings of the browser Client. */
export interface ClientOptions {
  /** Base URL of Logto, as the browser reaches it. */
  logtoEndpoint: string
  /** Id of the single-page application in Logto. */
  appId: string
  /** Base URL of the application's API. Tokens go to its origin only. */
  interaqtEndpoint: string
  /** API resource whose token goes with the calls. Default: `<interaqtEndpoint>/interaction`, byte for byte. */
  resource?: string
  /** Further API resources, for `getAccessToken({ resource })`. A sign-in asks for them too. */
  resources?: string[]
  /**
   * Scopes to ask for: permissions of the resources, and Logto's own such as `email` or `urn:logto:scope:organizations`.
   * `openid`, `offline_access` and `profile` are always asked for.
   */
  scopes?: string[]
  /** Milliseconds for a call to the API, with its token, and for each request to Logto. Default 30,000. */
  timeoutMs?: number
  /** Milliseconds that a tab waits for another tab that holds the lock and is frozen. Default 2,000. */
  lockWaitMs?: number
  /**
   * Local development without Logto: calls carry this Logto user id in a header instead of a token, as the old helper's
   * `devUserId`. Any caller can then claim to be any person, so the API must accept it in development only
   * (`createParseUserId(logto, { devUserIdHeader })`).
   */
  devUserId?: string
  /** The header of `devUserId`. Default `x-user-id`, the old helper's (public source of `@interaqt/utility`). */
  devUserIdHeader?: string
}

export const CLIENT_RULES = {
  logtoEndpoint: required(from('LOGTO_ENDPOINT', ENDPOINT)),
  appId: required(from('LOGTO_SPA_APP_ID', STRING)),
  interaqtEndpoint: required(from('INTERAQT_ENDPOINT', ENDPOINT)),
  resource: STRING,
  resources: STRINGS,
  scopes: STRINGS,
  timeoutMs: TIMEOUT_MS,
  lockWaitMs: NOT_NEGATIVE,
  devUserId: TEXT,
  devUserIdHeader: STRING,
} satisfies OptionRules<ClientOptions>

/** The options, complete and checked. */
export type Settings = ReturnType<typeof toSettings>

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError that names every option that is missing, unknown or of another type.
 */
export function toSettings(options: ClientOptions) {
  checkOptions('new Client', options, CLIENT_RULES)
  const interaqtEndpoint = withoutSlashes(options.interaqtEndpoint)
  // An option that is given as `undefined` has its default too.
  const { resource = defaultResourceOf(interaqtEndpoint), resources = [], scopes = [] } = options
  const { timeoutMs = 30_000, lockWaitMs = 2_000, devUserIdHeader = 'x-user-id' } = options
  return {
    ...options,
    resource,
    resources,
    scopes,
    timeoutMs,
    lockWaitMs,
    devUserIdHeader,
    logtoEndpoint: withoutSlashes(options.logtoEndpoint),
    interaqtEndpoint,
  }
}
