import { defaultResourceOf, parseEndpoint } from '../logto/endpoint.js'

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
  /** Further API resources, for `getAccessToken({ resource })`; they must be asked for at sign-in. */
  resources?: string[]
  /**
   * Scopes to ask for: permissions of the resources, and Logto's own such as `email` or `urn:logto:scope:organizations`.
   * `openid`, `offline_access` and `profile` are always asked for.
   */
  scopes?: string[]
  /** Milliseconds for a call to the API, token included; and for each request to Logto. Default 30,000. */
  timeoutMs?: number
  /** Milliseconds that a tab waits for another one that holds the lock and is frozen. Default 2,000. */
  lockWaitMs?: number
  /**
   * Local development without Logto: calls carry this Logto user id in a header instead of a token, as the old helper's
   * `devUserId`. Anybody can claim to be anybody, so the API has to be told to expect it
   * (`createParseUserId(logto, { devUserIdHeader })`), and does so in development only.
   */
  devUserId?: string
  /** The header of `devUserId`. Default `x-user-id`, the old helper's (public source of `@interaqt/utility`). */
  devUserIdHeader?: string
}

/** The settings, complete and checked. */
export type Settings = ReturnType<typeof toSettings>

/**
 * Fills in the defaults.
 *
 * @throws TypeError for an endpoint that is no http(s) URL, or an empty `appId`.
 */
export function toSettings(options: ClientOptions) {
  const interaqtEndpoint = parseEndpoint(options.interaqtEndpoint, 'interaqtEndpoint')
  if (!options.appId) throw new TypeError('appId is missing')
  return {
    resource: defaultResourceOf(interaqtEndpoint),
    resources: [],
    scopes: [],
    timeoutMs: 30_000,
    lockWaitMs: 2_000,
    devUserIdHeader: 'x-user-id',
    ...options,
    logtoEndpoint: parseEndpoint(options.logtoEndpoint, 'logtoEndpoint'),
    interaqtEndpoint,
  }
}
