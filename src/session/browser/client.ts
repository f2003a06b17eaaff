import { type AuthListener, createAuthState } from '../../browser/auth-state.js'
import { type CallOptions, type Calls, createCalls } from '../../browser/calls.js'
import { ApiError, NetworkError, SignInError } from '../../browser/errors.js'
import type {
  AnswerOf,
  BodyOf,
  InteractionMap,
  InteractionName,
  OptionalWhenEmpty,
} from '../../browser/interaction-types.js'
import type { SignedIn } from '../routes.js'

/** Settings of the Client. All have defaults. */
export interface ClientOptions {
  /** Base URL of the API. It must be of the page's own origin, for the cookie goes nowhere else. Default: that origin. */
  interaqtEndpoint?: string
  /** Where the session's routes are. Default `/auth`. */
  path?: string
  /** Milliseconds for one call. Default 30,000. */
  timeoutMs?: number
}

/** Options of `signIn`. */
export interface SignInOptions {
  /** Where the browser goes after the sign-in: a path or URL of this origin. Default: `redirectUri`, else the page it is on. */
  returnTo?: string | URL
  /** Accepted for the sake of the token mode's calls; it says the same as `returnTo`. */
  redirectUri?: string | URL
  /** With what Logto begins: `register`, `reset_password`, … */
  firstScreen?: string
  /** What Logto fills in as identifier. */
  loginHint?: string
}

/** Options of a call. */
export type SessionCallOptions = Omit<CallOptions, 'organizationId'>

/** Options of `interact`. */
export interface InteractOptions extends SessionCallOptions {
  query?: Record<string, unknown>
  /** Name of the activity that the interaction is a step of. */
  activity?: string
  /** The running activity; absent at its first step. */
  activityId?: string
}

/** Says in every tab whether somebody is signed in. No secret: the session is in a cookie that scripts cannot read. */
const STORAGE_KEY = 'interaqt-logto:signed-in'
const FAILURES = ['cancelled', 'sign_in_refused', 'code_expired', 'state_mismatch'] as const

/**
 * Sign-in on the server (`createSession`) and calls to an Interaqt API of the same origin. There is no token here: the
 * calls carry the session cookie. Failures are those of the Client of `./browser`: SignInError, NetworkError, ApiError.
 *
 * @typeParam Api - payloads and results by interaction, see `InteractionsOf`; without it they are `unknown`.
 *
 * @example
 * const client = new Client()
 * await client.handleCallback()
 * if (await client.isAuthenticated()) await client.post('/interaction/sendFriendRequest', { payload: { to: 'bob' } })
 * else await client.signIn('/app.html')
 */
export class Client<Api extends InteractionMap = InteractionMap> {
  readonly #calls: Calls
  readonly #path: string
  readonly #state = createAuthState(STORAGE_KEY)

  /** @throws TypeError for an `interaqtEndpoint` of another origin than the page. */
  constructor({
    interaqtEndpoint = location.origin,
    path = '/auth',
    timeoutMs = 30_000,
  }: ClientOptions = {}) {
    this.#calls = createCalls({
      interaqtEndpoint: sameOrigin(interaqtEndpoint).replace(/\/$/, ''),
      timeoutMs,
    })
    this.#path = path
  }

  /**
   * Whether a person is signed in.
   *
   * @throws NetworkError `offline`, `api_*`; ApiError.
   */
  async isAuthenticated(): Promise<boolean> {
    return (await this.#whoIsSignedIn()).isAuthenticated
  }

  /**
   * Who is signed in: the Logto user id, and what the ID token says of the person. `undefined` when nobody is.
   *
   * @throws as `isAuthenticated`.
   */
  async getUser(): Promise<SignedIn['user']> {
    return (await this.#whoIsSignedIn()).user
  }

  /**
   * Leaves for Logto's sign-in page.
   *
   * @param options - where to return to; or all options.
   * @throws TypeError for a page of another origin.
   */
  async signIn(options: string | URL | SignInOptions = {}): Promise<void> {
    const isUrl = typeof options === 'string' || options instanceof URL
    const { returnTo, redirectUri, ...hints }: SignInOptions = isUrl ? { returnTo: options } : options
    const target = sameOrigin(returnTo ?? redirectUri ?? location.href)
    location.assign(`${this.#path}/sign-in?${new URLSearchParams({ ...hints, returnTo: target })}`)
  }

  /**
   * Ends the session here and in all tabs, then leaves for Logto to end its own.
   *
   * @param returnTo - where Logto returns to; it must be registered there. Default: the application's root.
   * @throws NetworkError `logto_unavailable`: signed out here, but Logto's own session lives on; `offline`, `api_*`.
   */
  async signOut(returnTo?: string): Promise<void> {
    const query = returnTo === undefined ? '' : `?${new URLSearchParams({ returnTo })}`
    try {
      const answer = await this.#post(`${this.#path}/sign-out${query}`, undefined, {
        headers: { accept: 'application/json' },
      })
      this.#note(false)
      location.assign(Object(answer).url)
    } catch (error) {
      if (error instanceof NetworkError && error.code === 'logto_unavailable') this.#note(false)
      throw error
    }
  }

  /**
   * Says why a sign-in that the browser comes back from did not succeed, and takes that out of the address bar. To be called
   * when a page starts.
   *
   * @returns false: there is nothing left to complete, the server has done it.
   * @throws SignInError `cancelled`, `sign_in_refused`, `code_expired`, `state_mismatch`; NetworkError `logto_unavailable`.
   */
  async handleCallback(): Promise<boolean> {
    const url = new URL(location.href)
    const failure = url.searchParams.get('auth_error')
    if (!failure) return false
    url.searchParams.delete('auth_error')
    history.replaceState(history.state, '', url)
    if (failure === 'logto_unavailable') throw new NetworkError(failure)
    throw new SignInError(FAILURES.find((code) => code === failure) ?? 'sign_in_refused')
  }

  /** Calls `listener` when a person is signed in or out, in whichever tab. Gives the function that ends this. */
  onAuthChange(listener: AuthListener): () => void {
    return this.#state.subscribe(listener)
  }

  /**
   * Posts JSON to the API, and gives the parsed answer (`undefined` for an empty one).
   *
   * @param path - path below the Interaqt endpoint.
   * @throws ApiError; NetworkError `offline`, `api_*`, `logto_unavailable`; SignInError `signed_out`, `session_ended`; the
   * signal's reason.
   */
  post<Path extends string>(
    path: Path,
    body?: BodyOf<Api, Path>,
    options?: SessionCallOptions,
  ): Promise<AnswerOf<Api, Path>>
  post(path: string, body?: unknown, options?: SessionCallOptions): Promise<unknown> {
    return this.#post(path, body, options)
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
    return this.#post(`/interaction/${encodeURIComponent(name)}`, body, options)
  }

  /**
   * `fetch` to the API alone: a path is below the Interaqt endpoint, another origin is refused, redirects are errors. It can
   * be passed on alone.
   *
   * @throws NetworkError `offline`, `api_*`; TypeError for another origin.
   */
  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    this.#calls.fetch(input, init)

  async #whoIsSignedIn(): Promise<SignedIn> {
    const response = await this.#calls.fetch(`${this.#path}/me`)
    if (!response.ok) throw new ApiError(response.status, `http_${response.status}`, 'No session answer.')
    const answer: SignedIn = await response.json()
    this.#note(answer.isAuthenticated)
    return answer
  }

  async #post(path: string, body: unknown, options?: SessionCallOptions): Promise<unknown> {
    try {
      return await this.#calls.post(path, body, options)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const { code } = error
      if (code === 'logto_unavailable') throw new NetworkError(code, error)
      if (code !== 'signed_out' && code !== 'session_ended') throw error
      this.#note(false)
      throw new SignInError(code, error)
    }
  }

  /** Tells this tab and, by the storage event, the others. */
  #note(isAuthenticated: boolean): void {
    const { localStorage } = window
    const before = localStorage.getItem(STORAGE_KEY)
    if (isAuthenticated) localStorage.setItem(STORAGE_KEY, '1')
    else localStorage.removeItem(STORAGE_KEY)
    this.#state.note(before, localStorage.getItem(STORAGE_KEY))
  }
}

function sameOrigin(target: string | URL): string {
  const url = new URL(target, location.href)
  if (url.origin === location.origin) return url.href
  throw new TypeError(`A session is for ${location.origin} alone, not for ${url.origin}`)
}
