import type LogtoClient from '@logto/browser'
import type { IdTokenClaims, SignInOptions as LogtoSignInOptions, UserInfoResponse } from '@logto/browser'
import {
  ABSOLUTE_URL,
  ANYTHING,
  BOOLEAN,
  isPage,
  OBJECT,
  type OptionRules,
  PAGE,
  required,
  STRING,
  STRINGS,
  TEXT,
} from '../logto/option-rules.js'
import { ApiClient } from './api-client.js'
import type { AuthListener } from './auth-state.js'
import { type CallOptions, createCalls } from './calls.js'
import { checkOptions } from './check-options.js'
import { type CoordinatedClient, createCoordinatedClient } from './coordinated-client.js'
import type { InteractionFields, InteractionMap } from './interaction-types.js'
import { translateLogtoError } from './logto-failure.js'
import { type ClientOptions, toSettings } from './options.js'
import { ownPage } from './own-page.js'
import { signOutTarget } from './sign-out-target.js'

/** Options of `signIn`: those of `@logto/browser`, and where to return to. */
export interface SignInOptions extends Omit<LogtoSignInOptions, 'postRedirectUri'> {
  /**
   * Where the browser goes after the sign-in: a path or URL of this origin, such as `location.href`. Default: the person
   * stays at `redirectUri`.
   */
  returnTo?: string | URL
}

export const SIGN_IN_RULES = {
  redirectUri: required(ABSOLUTE_URL),
  returnTo: PAGE,
  prompt: ANYTHING,
  clearTokens: BOOLEAN,
  interactionMode: STRING,
  firstScreen: STRING,
  identifiers: STRINGS,
  loginHint: TEXT,
  directSignIn: OBJECT,
  extraParams: OBJECT,
} satisfies OptionRules<SignInOptions>

/** Which access token is wanted. */
export interface AccessTokenOptions {
  /** Default: the API resource of the Client. */
  resource?: string
  organizationId?: string
  /** Renew the token even though it has not expired. */
  forceRefresh?: boolean
}

export const ACCESS_TOKEN_RULES = {
  resource: STRING,
  organizationId: STRING,
  forceRefresh: BOOLEAN,
} satisfies OptionRules<AccessTokenOptions>

/** Options of `interact`. */
export interface InteractOptions extends CallOptions, InteractionFields {}

/**
 * Sign-in with Logto and calls to an Interaqt API, with one refresh at a time over all tabs. Every failure is a SignInError
 * (not signed in), a NetworkError (no answer) or an ApiError (the API answered with an error). The next call starts afresh.
 *
 * @typeParam Api - payloads and results by interaction, see `InteractionsOf`; without it they are `unknown`.
 *
 * @example
 * const client = new Client(LOGTO_ENDPOINT, SPA_APP_ID, INTERAQT_ENDPOINT)
 * await client.handleCallback()
 * if (await client.isAuthenticated()) await client.post('/interaction/sendFriendRequest', { payload: { to: 'bob' } })
 * else await client.signIn('http://localhost:5173/app.html')
 */
export class Client<Api extends InteractionMap = InteractionMap> extends ApiClient<
  Api,
  CallOptions,
  InteractOptions
> {
  /** The LogtoClient of `@logto/browser`, coordinated over all tabs. It throws the SDK's errors, and some of ours. */
  declare readonly client: LogtoClient
  /** API resource of the tokens that go with the calls. */
  declare readonly resource: string
  readonly #logto: CoordinatedClient

  /** @throws TypeError that names every option that is missing, unknown or of another type. */
  constructor(options: ClientOptions)
  constructor(logtoEndpoint: string, appId: string, interaqtEndpoint: string)
  constructor(...args: [ClientOptions] | [string, string, string]) {
    const [first, appId = '', interaqtEndpoint = ''] = args
    const settings = toSettings(
      typeof first === 'object' ? first : { logtoEndpoint: first, appId, interaqtEndpoint },
    )
    const { resource } = settings
    const logto = createCoordinatedClient(settings)
    const getToken = (organizationId?: string, rejected?: string) =>
      withClientErrors(logto.requestToken({ resource, organizationId, rejected }), resource)
    super(createCalls(settings, getToken))
    this.resource = resource
    this.#logto = logto
    this.client = logto.client
  }

  /** Resolves with whether a person is signed in here. A sign-in that this page was opened with is completed first. */
  isAuthenticated(): Promise<boolean> {
    return withClientErrors(this.client.isAuthenticated())
  }

  /**
   * Sends the browser to Logto's sign-in page.
   *
   * @param options - the redirect URI, which must be registered in Logto; or all options.
   * @throws NetworkError `offline`, `logto_*`; SignInError `storage_blocked`, `insecure_context`; TypeError without a
   * `redirectUri`, for an unknown option, and for a `returnTo` of another origin.
   */
  async signIn(options: string | URL | SignInOptions): Promise<void> {
    const given: SignInOptions = isPage(options) ? { redirectUri: options } : options
    checkOptions('signIn', given, SIGN_IN_RULES)
    const { returnTo, ...rest } = given
    const target = returnTo && { postRedirectUri: ownPage(returnTo) }
    await withClientErrors(this.client.signIn({ ...rest, ...target }))
  }

  /**
   * Ends the session here and in all tabs, then at Logto.
   *
   * @param postLogoutRedirectUri - where Logto returns to; it must be registered there.
   * @throws NetworkError `offline`, `logto_*`: signed out here, but Logto's own session lives on; TypeError for what is no
   * address. The event of a click counts as nothing.
   */
  async signOut(postLogoutRedirectUri?: string): Promise<void> {
    const target = signOutTarget(postLogoutRedirectUri)
    // Also when Logto cannot be reached.
    await withClientErrors(this.client.signOut(target).finally(() => this.client.clearAllTokens()))
  }

  /**
   * Completes a sign-in when the browser has come back from Logto's page. Call it on every page when it starts. Calls at the
   * same time share one result. Code and state are removed from the address bar.
   *
   * @param url - default: the page's own.
   * @returns true when `url` was a callback and is now completed; false when there was nothing to do.
   * @throws SignInError `cancelled`, `sign_in_refused`, `code_expired`, `state_mismatch`, `redirect_uri_mismatch`,
   * `storage_blocked`, `clock_wrong`, `session_ended` (another tab has taken over meanwhile); NetworkError `offline`, `logto_*`, after which the same call can succeed.
   */
  handleCallback(url?: string): Promise<boolean> {
    return withClientErrors(this.#logto.callback.complete(url))
  }

  /**
   * Resolves with a usable access token, renewed when needed.
   *
   * @throws SignInError `signed_out`, `session_ended`, `token_refused`; NetworkError `offline`, `logto_*`; TypeError for
   * an unknown option.
   */
  async getAccessToken(options?: AccessTokenOptions): Promise<string> {
    checkOptions('getAccessToken', options, ACCESS_TOKEN_RULES)
    const { resource = this.resource } = options ?? {}
    return withClientErrors(this.#logto.requestToken({ ...options, resource }), resource)
  }

  /** Resolves with the claims of the ID token: who is signed in. `undefined` when nobody is. */
  async getClaims(): Promise<IdTokenClaims | undefined> {
    return (await this.isAuthenticated()) ? withClientErrors(this.client.getIdTokenClaims()) : undefined
  }

  /**
   * Resolves with the person's current profile from Logto's userinfo endpoint.
   *
   * @throws as `getAccessToken`.
   */
  getUser(): Promise<UserInfoResponse> {
    return withClientErrors(this.client.fetchUserInfo())
  }

  /** Calls `listener` when a person is signed in or out, in this tab or another. Returns the function that ends this. */
  onAuthChange(listener: AuthListener): () => void {
    return this.#logto.authState.subscribe(listener)
  }
}

function withClientErrors<T>(work: Promise<T>, resource?: string): Promise<T> {
  return work.catch((error) => {
    throw translateLogtoError(error, resource)
  })
}
