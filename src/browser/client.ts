import type LogtoClient from '@logto/browser'
import type { IdTokenClaims, SignInOptions as LogtoSignInOptions, UserInfoResponse } from '@logto/browser'
import { type Coordinated, coordinate } from './access-token.js'
import type { AuthListener } from './auth-state.js'
import { type CallOptions, type Calls, createCalls } from './calls.js'
import type {
  AnswerOf,
  BodyOf,
  InteractionMap,
  InteractionName,
  OptionalWhenEmpty,
} from './interaction-types.js'
import { explainLogtoFailure } from './logto-failure.js'
import { type ClientOptions, toSettings } from './options.js'

/** Options of `signIn`: those of `@logto/browser`, and where to return to. */
export interface SignInOptions extends Omit<LogtoSignInOptions, 'postRedirectUri'> {
  /**
   * Where the browser goes after the sign-in: a path or URL of this origin, such as `location.href`. Default: the person
   * stays at `redirectUri`.
   */
  returnTo?: string | URL
}

/** Which access token is wanted. */
export interface AccessTokenOptions {
  /** Default: the API resource of the Client. */
  resource?: string
  organizationId?: string
  /** Renew the token even though it has not expired. */
  forceRefresh?: boolean
}

/** Options of `interact`. */
export interface InteractOptions extends CallOptions {
  query?: Record<string, unknown>
  /** Name of the activity that the interaction is a step of. */
  activity?: string
  /** The running activity; absent at its first step. */
  activityId?: string
}

/**
 * Sign-in with Logto and calls to an Interaqt API. One refresh at a time over all tabs; every failure is a SignInError (not
 * signed in), a NetworkError (no answer) or an ApiError (the API answered with an error), and the next call starts afresh.
 *
 * @typeParam Api - payloads and results by interaction, see `InteractionsOf`; without it they are `unknown`.
 *
 * @example
 * const client = new Client(LOGTO_ENDPOINT, SPA_APP_ID, INTERAQT_ENDPOINT)
 * await client.handleCallback()
 * if (await client.isAuthenticated()) await client.post('/interaction/sendFriendRequest', { payload: { to: 'bob' } })
 * else await client.signIn('http://localhost:5173/app.html')
 */
export class Client<Api extends InteractionMap = InteractionMap> {
  /** The LogtoClient of `@logto/browser`, coordinated over all tabs. It throws the SDK's errors, and some of ours. */
  declare readonly client: LogtoClient
  /** API resource of the tokens that go with the calls. */
  declare readonly resource: string
  readonly #logto: Coordinated
  readonly #calls: Calls

  /** @throws TypeError for settings that cannot work, see `ClientOptions`. */
  constructor(options: ClientOptions)
  constructor(logtoEndpoint: string, appId: string, interaqtEndpoint: string)
  constructor(first: ClientOptions | string, appId = '', interaqtEndpoint = '') {
    const settings = toSettings(
      typeof first === 'string' ? { logtoEndpoint: first, appId, interaqtEndpoint } : first,
    )
    const { resource } = settings
    this.resource = resource
    this.#logto = coordinate(settings)
    this.client = this.#logto.client
    this.#calls = createCalls(settings, (organizationId, rejected) =>
      explained(this.#logto.requestToken({ resource, organizationId, rejected })),
    )
    this.fetch = this.#calls.fetch
  }

  /** Whether a person is signed in here; a sign-in that this page was opened with is completed first. */
  isAuthenticated(): Promise<boolean> {
    return explained(this.client.isAuthenticated())
  }

  /**
   * Leaves for Logto's sign-in page.
   *
   * @param options - the redirect URI, which must be registered in Logto; or all options.
   * @throws NetworkError `offline`, `logto_*`; SignInError `storage_blocked`, `insecure_context`; TypeError for a `returnTo`
   * of another origin.
   */
  async signIn(options: string | URL | SignInOptions): Promise<void> {
    const isUrl = typeof options === 'string' || options instanceof URL
    const { returnTo, ...rest }: SignInOptions = isUrl ? { redirectUri: options } : options
    const target = returnTo && { postRedirectUri: sameOrigin(returnTo) }
    await explained(this.client.signIn({ ...rest, ...target }))
  }

  /**
   * Ends the session here and in all tabs, then at Logto.
   *
   * @param postLogoutRedirectUri - where Logto returns to; it must be registered there.
   * @throws NetworkError `offline`, `logto_*`: signed out here, but Logto's own session lives on.
   */
  signOut(postLogoutRedirectUri?: string): Promise<void> {
    return explained(
      // Also when Logto cannot be reached.
      this.client.signOut(postLogoutRedirectUri).finally(() => this.client.clearAllTokens()),
    )
  }

  /**
   * Completes a sign-in when the browser has come back from Logto's page. To be called when a page starts, on every page;
   * calls at the same time share one result. Code and state leave the address bar.
   *
   * @param url - default: the page's own.
   * @returns true when `url` was a callback and is now completed; false when there was nothing to do.
   * @throws SignInError `cancelled`, `sign_in_refused`, `code_expired`, `state_mismatch`, `storage_blocked`,
   * `clock_wrong`, `session_ended` (another tab has taken over meanwhile); NetworkError `offline`, `logto_*`, after which the same call can succeed.
   */
  handleCallback(url?: string): Promise<boolean> {
    return explained(this.#logto.callback.complete(url))
  }

  /**
   * A usable access token, renewed when needed.
   *
   * @throws SignInError `signed_out`, `session_ended`, `token_refused`; NetworkError `offline`, `logto_*`.
   */
  getAccessToken(options: AccessTokenOptions = {}): Promise<string> {
    return explained(this.#logto.requestToken({ resource: this.resource, ...options }))
  }

  /** Claims of the ID token: who is signed in. `undefined` when nobody is. */
  async getClaims(): Promise<IdTokenClaims | undefined> {
    return (await this.isAuthenticated()) ? explained(this.client.getIdTokenClaims()) : undefined
  }

  /**
   * The person's current profile from Logto's userinfo endpoint.
   *
   * @throws as `getAccessToken`.
   */
  getUser(): Promise<UserInfoResponse> {
    return explained(this.client.fetchUserInfo())
  }

  /** Calls `listener` when a person is signed in or out, in whichever tab. Gives the function that ends this. */
  onAuthChange(listener: AuthListener): () => void {
    return this.#logto.state.subscribe(listener)
  }

  /**
   * Posts JSON to the API with the access token, and gives the parsed answer (`undefined` for an empty one). A 401 leads to
   * one renewed token and one repetition.
   *
   * @param path - path below the Interaqt endpoint.
   * @throws ApiError; NetworkError `offline`, `api_*`, `logto_*`; SignInError as `getAccessToken`; the signal's reason.
   */
  post<Path extends string>(
    path: Path,
    body?: BodyOf<Api, Path>,
    options?: CallOptions,
  ): Promise<AnswerOf<Api, Path>>
  post(path: string, body?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#calls.post(path, body, options)
  }

  /** Calls an interaction by name; see `post`. */
  interact<Name extends InteractionName<Api>>(
    name: Name,
    ...rest: OptionalWhenEmpty<Api[Name]['payload'], InteractOptions>
  ): Promise<Api[Name]['result']>
  interact(
    name: string,
    payload?: unknown,
    { query, activity, activityId, ...options }: InteractOptions = {},
  ): Promise<unknown> {
    const body = { payload, query, activity, activityId }
    return this.#calls.post(`/interaction/${encodeURIComponent(name)}`, body, options)
  }

  /**
   * `fetch` with the access token, for other HTTP clients: a path is below the Interaqt endpoint, another origin is
   * refused, redirects are errors, a 401 is repeated once as in `post`. It can be passed on alone.
   *
   * @throws NetworkError, SignInError as `post`; TypeError for another origin.
   */
  declare readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>
}

function explained<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw explainLogtoFailure(error)
  })
}

function sameOrigin(returnTo: string | URL): URL {
  const url = new URL(returnTo, location.href)
  if (url.origin === location.origin) return url
  throw new TypeError('returnTo must be of this origin')
}
