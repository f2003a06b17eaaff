import LogtoClient, {
  createRequester,
  isLogtoRequestError,
  LogtoClientError,
  type LogtoConfig,
  type UserInfoResponse,
} from '@logto/browser'
import { discoveryUrlOf, issuerOf } from '../logto/endpoint.js'
import { type AuthChange, createAuthState } from './auth-state.js'
import { createCallback } from './callback.js'
import { isGrantEnded } from './logto-failure.js'
import { explainMissingAnswer } from './network-failure.js'
import { createTokenLock } from './token-lock.js'
import { guardTokens, isFresh, parseTokens, type StoredToken, Superseded, tokenKey } from './token-storage.js'

/** Limits of the coordinated client. */
export interface CoordinationOptions {
  /** Milliseconds that a silent holder of the lock is waited for. */
  lockWaitMs: number
  /** Seconds before its expiry from which a token is renewed. */
  expiryLeeway: number
  /** Milliseconds for each request to Logto. */
  logtoTimeoutMs: number
}

/** Which token is wanted. */
export interface TokenRequest {
  resource?: string | undefined
  organizationId?: string | undefined
  /** A token that was refused: it is not given again, however long it lives. */
  rejected?: string | undefined
}

/**
 * The LogtoClient of `@logto/browser`, with one refresh at a time over all resources, organizations and tabs. Storage is
 * the truth: what another tab refreshed or cleared counts here at once. Everything that writes tokens holds one lock.
 */
export class CoordinatedLogtoClient extends LogtoClient {
  /** The same client with the SDK's own operations: for calls inside the lock, which would wait for themselves. */
  readonly #unlocked: LogtoClient
  readonly #lock
  readonly #leeway: number
  readonly #state
  readonly #callback
  #departure: 'signed_out' | 'session_ended' = 'signed_out'

  constructor(config: LogtoConfig, { lockWaitMs, expiryLeeway, logtoTimeoutMs }: CoordinationOptions) {
    super(config)
    const { appId, endpoint } = config
    const { adapter, getAccessToken, clearAllTokens, handleSignInCallback } = this
    const isSignedIn = () => super.isAuthenticated()
    const lock = createTokenLock(`interaqt-logto:${appId}`, lockWaitMs)
    const state = createAuthState(`logto:${appId}:idToken`)
    const callback = createCallback(appId, endpoint, {
      session: () => this.getSignInSession(),
      endSession: () => this.setSignInSession(null),
      isSignedIn,
      issuer: async () => (await this.getOidcConfig()).issuer,
      exchange: (url) => this.#unlocked.handleSignInCallback(url),
      exclusively: lock.run,
    })
    this.#lock = lock
    this.#leeway = expiryLeeway
    this.#state = state
    this.#callback = callback
    this.#unlocked = Object.assign(Object.create(this), {
      getAccessToken,
      clearAllTokens,
      handleSignInCallback,
      isAuthenticated: isSignedIn,
    })
    Object.assign(this, {
      getAccessToken: (resource?: string, organizationId?: string) =>
        this.requestToken({ resource, organizationId }),
      clearAllTokens: () => lock.run(() => this.#unlocked.clearAllTokens()),
      handleSignInCallback: async (url: string) => {
        if ((await callback.complete(url)) || (await isSignedIn())) return
        throw new LogtoClientError('sign_in_session.not_found')
      },
    })

    adapter.storage = guardTokens(adapter.storage, lock.isHeld, (before, after) =>
      state.note(before, after, this.#departure),
    )
    adapter.navigate = callback.navigation(adapter.navigate)
    // The SDK's requests have no timeout, and the lock is held meanwhile.
    adapter.requester = createRequester((input, init) =>
      explainMissingAnswer('logto', discoveryUrlOf(issuerOf(endpoint)), () =>
        fetch(input, { ...init, signal: AbortSignal.timeout(logtoTimeoutMs) }),
      ),
    )
  }

  /** Whether a person is signed in. A sign-in that this page was opened with is completed first. */
  override async isAuthenticated(): Promise<boolean> {
    await this.#callback.settle()
    return super.isAuthenticated()
  }

  /** Ends the session here even when Logto cannot be reached, and then rejects, because Logto's own session lives on. */
  override signOut(postLogoutRedirectUri?: string): Promise<void> {
    return this.#lock.run(async () => {
      try {
        await super.signOut.call(this.#unlocked, postLogoutRedirectUri)
      } catch (error) {
        await this.#unlocked.clearAllTokens()
        throw error
      }
    })
  }

  /** Completes the sign-in in `url`: see `Client.handleCallback`. */
  completeCallback(url?: string): Promise<boolean> {
    return this.#callback.complete(url)
  }

  /** See `Client.onAuthChange`. */
  onAuthChange(listener: (change: AuthChange) => void): () => void {
    return this.#state.subscribe(listener)
  }

  /** A usable access token, renewed when needed. */
  async requestToken(wanted: TokenRequest): Promise<string> {
    await this.#callback.settle()
    for (;;) {
      if (!(await super.isAuthenticated())) throw new LogtoClientError('not_authenticated')
      const token = await this.#freshToken(wanted)
      if (token) return token
      try {
        return await this.#lock.run(() => this.#refresh(wanted))
      } catch (error) {
        // Another tab has taken the lock over meanwhile, and stored newer tokens.
        if (!(error instanceof Superseded)) throw error
      }
    }
  }

  /** Userinfo; a refused access token is renewed once, because Logto refuses it also after a suspension. */
  async requestUserInfo(): Promise<UserInfoResponse> {
    const rejected = await this.storedToken({})
    try {
      return await this.fetchUserInfo()
    } catch (error) {
      if (!isUnauthorized(error)) throw error
      await this.requestToken({ rejected })
      return this.fetchUserInfo()
    }
  }

  /** The access token that is stored, fresh or not. */
  async storedToken(wanted: TokenRequest): Promise<string | undefined> {
    return (await this.#load(wanted))?.token
  }

  async #freshToken(wanted: TokenRequest): Promise<string | undefined> {
    const stored = await this.#load(wanted)
    return stored && stored.token !== wanted.rejected && isFresh(stored, this.#leeway)
      ? stored.token
      : undefined
  }

  // The SDK reads the stored tokens only in its constructor.
  async #load({ resource, organizationId }: TokenRequest): Promise<StoredToken | undefined> {
    const stored = parseTokens(await this.adapter.storage.getItem('accessToken'))
    this.accessTokenMap.clear()
    for (const [key, token] of Object.entries(stored)) this.accessTokenMap.set(key, token)
    return this.accessTokenMap.get(tokenKey(resource, organizationId))
  }

  // Runs inside the lock.
  async #refresh(wanted: TokenRequest): Promise<string> {
    const { resource, organizationId } = wanted
    const token = await this.#freshToken(wanted)
    if (token) return token

    this.accessTokenMap.delete(tokenKey(resource, organizationId))
    const refreshToken = await this.getRefreshToken()
    try {
      return await this.#unlocked.getAccessToken(resource, organizationId)
    } catch (error) {
      if (refreshToken && !isGrantEnded(error)) throw error
      if (refreshToken !== (await this.getRefreshToken())) throw new Superseded()
      this.#departure = 'session_ended'
      await this.#unlocked.clearAllTokens()
      this.#departure = 'signed_out'
      throw error
    }
  }
}

function isUnauthorized(error: unknown): boolean {
  return isLogtoRequestError(error) && error.cause?.status === 401
}
