import { ApiClient } from '../../browser/api-client.js'
import type { AuthListener } from '../../browser/auth-state.js'
import { type CallOptions, type Calls, createCalls } from '../../browser/calls.js'
import { checkOptions } from '../../browser/check-options.js'
import { ApiError, NetworkError, SignInError } from '../../browser/errors.js'
import type { InteractionFields, InteractionMap } from '../../browser/interaction-types.js'
import { ownPage } from '../../browser/own-page.js'
import { signOutTarget, withoutEvent } from '../../browser/sign-out-target.js'
import { isPage, type OptionRules, PAGE, STRING, TIMEOUT_MS } from '../../logto/option-rules.js'
import type { SignedIn } from '../routes.js'
import { createSignInFlag, type SignInFlag } from './sign-in-flag.js'

/** Settings of the Client. All have defaults. */
export interface ClientOptions {
  /** Base URL of the API. It must be of the page's own origin: the cookie goes nowhere else. Default: that origin. */
  interaqtEndpoint?: string
  /** Where the session's routes are, below `interaqtEndpoint`. Default `/auth`. */
  path?: string
  /** Milliseconds for one call. Default 30,000. */
  timeoutMs?: number
}

export const CLIENT_RULES = {
  interaqtEndpoint: STRING,
  path: STRING,
  timeoutMs: TIMEOUT_MS,
} satisfies OptionRules<ClientOptions>

/** Options of `signIn`. */
export interface SignInOptions {
  /** Where the browser goes after the sign-in: a path or URL of this origin. Default: `redirectUri`, else the page it is on. */
  returnTo?: string | URL
  /** Same as `returnTo`, by the name that it has in the Client of `./browser`. */
  redirectUri?: string | URL
  /** Logto's first page: `register`, `reset_password`, … */
  firstScreen?: string
  /** The identifier that Logto fills in. */
  loginHint?: string
}

export const SIGN_IN_RULES = {
  returnTo: PAGE,
  redirectUri: PAGE,
  firstScreen: STRING,
  loginHint: STRING,
} satisfies OptionRules<SignInOptions>

/** Options of a call. */
export type SessionCallOptions = Omit<CallOptions, 'organizationId'>

/** Options of `interact`. */
export interface InteractOptions extends SessionCallOptions, InteractionFields {}

/** Codes that the server's callback route puts into the address. */
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
export class Client<Api extends InteractionMap = InteractionMap> extends ApiClient<
  Api,
  SessionCallOptions,
  InteractOptions
> {
  readonly #endpoint: string
  readonly #path: string
  readonly #flag: SignInFlag

  /** @throws TypeError for an `interaqtEndpoint` of another origin than the page, and for an unknown option. */
  constructor(options: ClientOptions = {}) {
    checkOptions('new Client', options, CLIENT_RULES)
    const { interaqtEndpoint = location.origin, path = '/auth', timeoutMs = 30_000 } = options ?? {}
    const flag = createSignInFlag()
    const endpoint = ownPage(interaqtEndpoint).href.replace(/\/$/, '')
    super(withSessionErrors(createCalls({ interaqtEndpoint: endpoint, timeoutMs }), flag))
    this.#endpoint = endpoint
    this.#path = path
    this.#flag = flag
  }

  /**
   * Resolves with whether a person is signed in.
   *
   * @throws NetworkError `offline`, `api_*`; ApiError.
   */
  async isAuthenticated(): Promise<boolean> {
    return (await this.#whoIsSignedIn()).isAuthenticated
  }

  /**
   * Resolves with who is signed in: the Logto user id and the claims of the ID token. `undefined` when nobody is.
   *
   * @throws as `isAuthenticated`.
   */
  async getUser(): Promise<SignedIn['user']> {
    return (await this.#whoIsSignedIn()).user
  }

  /**
   * Sends the browser to Logto's sign-in page.
   *
   * @param options - where to return to; or all options.
   * @throws TypeError for a page of another origin, and for an unknown option.
   */
  async signIn(options: string | URL | SignInOptions = {}): Promise<void> {
    const given: SignInOptions = isPage(options) ? { returnTo: options } : (withoutEvent(options) ?? {})
    checkOptions('signIn', given, SIGN_IN_RULES)
    const { returnTo, redirectUri, ...hints } = given
    const target = ownPage(returnTo ?? redirectUri ?? location.href).href
    const query = new URLSearchParams({ ...hints, returnTo: target })
    location.assign(`${this.#endpoint}${this.#path}/sign-in?${query}`)
  }

  /**
   * Ends the session here and in all tabs, then sends the browser to Logto to end its own.
   *
   * @param returnTo - where Logto returns to; it must be registered there. Default: the application's root.
   * @throws NetworkError `logto_unavailable`: signed out here, but Logto's own session lives on; `offline`, `api_*`;
   * TypeError for what is no address. The event of a click counts as nothing.
   */
  async signOut(returnTo?: string): Promise<void> {
    const target = signOutTarget(returnTo)
    const query = target === undefined ? '' : `?${new URLSearchParams({ returnTo: target })}`
    try {
      const answer = await this.post(`${this.#path}/sign-out${query}`, undefined, {
        headers: { accept: 'application/json' },
      })
      this.#flag.record(false)
      location.assign(Object(answer).url)
    } catch (error) {
      if (error instanceof NetworkError && error.code === 'logto_unavailable') this.#flag.record(false)
      throw error
    }
  }

  /**
   * Throws the reason why the sign-in that the browser comes back from failed, and removes it from the address bar. Call it
   * on every page when it starts.
   *
   * @returns false: nothing is left to complete, because the server has done it.
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

  /** Calls `listener` when a person is signed in or out, in this tab or another. Returns the function that ends this. */
  onAuthChange(listener: AuthListener): () => void {
    return this.#flag.subscribe(listener)
  }

  async #whoIsSignedIn(): Promise<SignedIn> {
    const response = await this.fetch(`${this.#path}/me`)
    if (!response.ok) throw new ApiError(response.status, `http_${response.status}`, 'No session answer.')
    const answer: SignedIn = await response.json()
    this.#flag.record(answer.isAuthenticated)
    return answer
  }
}

/** Makes a `post` that the session refuses throw the errors of the token Client. */
function withSessionErrors({ post, fetch }: Calls, flag: SignInFlag): Calls {
  return {
    fetch,
    async post(path, body, options) {
      try {
        return await post(path, body, options)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        const { code } = error
        if (code === 'logto_unavailable') throw new NetworkError(code, error)
        if (code !== 'signed_out' && code !== 'session_ended') throw error
        flag.record(false)
        throw new SignInError(code, error)
      }
    },
  }
}
