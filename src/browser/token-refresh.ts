import { SignInError } from './errors.js'
import { isGrantEnded } from './logto-failure.js'
import type { Sdk, StoredToken } from './sdk.js'
import type { RunAlone } from './token-lock.js'
import { SUPERSEDED } from './token-storage.js'

/** Seconds before its expiry from which a token is renewed, so that it does not expire on its way. */
const EXPIRY_LEEWAY_SECONDS = 10

/** Which token is wanted. */
export interface TokenRequest {
  resource?: string | undefined
  organizationId?: string | undefined
  /** Renew the token even though it has not expired. */
  forceRefresh?: boolean | undefined
  /** A token that the API refused. It is renewed even though it has not expired. */
  rejected?: string | undefined
}

/**
 * Access tokens from storage, renewed when needed. Storage is the truth: a token that another tab refreshed or cleared
 * counts here at once.
 */
export class TokenRefresh {
  readonly #sdk: Sdk
  readonly #runAlone: RunAlone

  constructor(sdk: Sdk, runAlone: RunAlone) {
    this.#sdk = sdk
    this.#runAlone = runAlone
  }

  /**
   * Resolves with a usable access token.
   *
   * @throws SignInError `signed_out`, `session_ended`; the SDK's errors.
   */
  async requestToken(request: TokenRequest): Promise<string> {
    const key = storageKeyOf(request)
    const rejected = request.forceRefresh ? (await this.#storedTokens())[key]?.token : request.rejected
    for (;;) {
      if (!(await this.#sdk.isAuthenticated())) throw new SignInError('signed_out')
      const usable = await this.#usableToken(key, rejected)
      if (usable) return usable
      try {
        // Another tab may have refreshed while this one waited for the lock.
        return await this.#runAlone(
          async () => (await this.#usableToken(key, rejected)) ?? this.#refresh(request),
        )
      } catch (error) {
        // Another tab took the lock over and stored newer tokens.
        if (error !== SUPERSEDED) throw error
      }
    }
  }

  async #usableToken(key: string, rejected: string | undefined): Promise<string | undefined> {
    const { token, expiresAt = 0 } = (await this.#storedTokens())[key] ?? {}
    const isFresh = expiresAt - EXPIRY_LEEWAY_SECONDS > Date.now() / 1000
    return isFresh && token !== rejected ? token : undefined
  }

  /** Runs inside the lock. */
  async #refresh(request: TokenRequest): Promise<string> {
    await this.#loadAllTokensBut(storageKeyOf(request))
    const refreshToken = await this.#sdk.getRefreshToken()
    try {
      return await this.#sdk.getAccessToken(request.resource, request.organizationId)
    } catch (error) {
      // Without a refresh token an expired session cannot be renewed either.
      if (refreshToken && !isGrantEnded(error)) throw error
      if (refreshToken !== (await this.#sdk.getRefreshToken())) throw SUPERSEDED
      await this.#sdk.clearAllTokens()
      throw new SignInError('session_ended', error)
    }
  }

  /** The SDK refreshes a token that it does not know, and then stores those that it knows. */
  async #loadAllTokensBut(key: string): Promise<void> {
    const { [key]: _, ...others } = await this.#storedTokens()
    const { accessTokenMap } = this.#sdk
    accessTokenMap.clear()
    for (const [other, token] of Object.entries(others)) accessTokenMap.set(other, token)
  }

  async #storedTokens(): Promise<Record<string, StoredToken>> {
    return JSON.parse((await this.#sdk.adapter.storage.getItem('accessToken')) ?? '{}')
  }
}

/** As `buildAccessTokenKey` of `@logto/client` 3.1 makes it. */
function storageKeyOf({ resource = '', organizationId }: TokenRequest): string {
  return `@${resource}${organizationId ? `#${organizationId}` : ''}`
}
