import LogtoClient, { createRequester } from '@logto/browser'
import { issuerOf } from '../logto/endpoint.js'
import { type AuthState, createAuthState } from './auth-state.js'
import { type Callback, createCallback } from './callback.js'
import { SignInError } from './errors.js'
import { isGrantEnded } from './logto-failure.js'
import { explainMissingAnswer } from './network-failure.js'
import type { Settings } from './options.js'
import { createTokenLock } from './token-lock.js'
import { type StoredToken, SUPERSEDED, shareTokens } from './token-storage.js'

/** Seconds before its expiry from which a token is renewed, so that it does not expire on its way. */
const EXPIRY_LEEWAY = 10

/** Which token is wanted. */
interface TokenRequest {
  resource?: string | undefined
  organizationId?: string | undefined
  /** Renew the token even though it has not expired. */
  forceRefresh?: boolean | undefined
  /** A token that was refused: it is not given again, however long it lives. */
  rejected?: string | undefined
}

/** The Client's way to Logto. */
export interface Coordinated {
  /** The LogtoClient of `@logto/browser`, with one refresh at a time over all resources, organizations and tabs. */
  client: LogtoClient
  callback: Callback
  state: AuthState
  /** A usable access token, renewed when needed. */
  requestToken(wanted: TokenRequest): Promise<string>
}

/** The SDK's own operations, for use inside the lock: those of the coordinated client would wait for themselves. */
class Sdk extends LogtoClient {
  declare readonly accessTokenMap: Map<string, StoredToken>
}

/**
 * Makes a LogtoClient for which storage is the truth: what another tab refreshed or cleared counts here at once.
 * Everything that writes tokens holds one lock.
 */
export function coordinate(settings: Settings): Coordinated {
  const { logtoEndpoint, appId, scopes, resource, resources, lockWaitMs, timeoutMs } = settings
  const sdk = new Sdk({ endpoint: logtoEndpoint, appId, scopes, resources: [resource, ...resources] })
  const { adapter, accessTokenMap } = sdk
  const name = `interaqt-logto:${appId}`
  const state = createAuthState(`logto:${appId}:idToken`)
  const { storage, settled } = shareTokens(adapter.storage, name, state.note)
  adapter.storage = storage
  // The SDK's requests have no timeout, and the lock is held meanwhile.
  adapter.requester = createRequester((input, init) =>
    explainMissingAnswer('logto', issuerOf(logtoEndpoint), () =>
      fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
    ),
  )
  const run = createTokenLock(name, lockWaitMs, settled)
  const callback = createCallback(sdk, run)
  const storedTokens = async (): Promise<Record<string, StoredToken>> =>
    JSON.parse((await storage.getItem('accessToken')) ?? '{}')

  const requestToken = async (wanted: TokenRequest): Promise<string> => {
    const { resource = '', organizationId, forceRefresh } = wanted
    // As `buildAccessTokenKey` of `@logto/client` 3.1 makes it.
    const key = `@${resource}${organizationId ? `#${organizationId}` : ''}`
    const usable = async () => {
      const { token, expiresAt = 0 } = (await storedTokens())[key] ?? {}
      return token !== rejected && expiresAt - EXPIRY_LEEWAY > Date.now() / 1000 ? token : undefined
    }
    const refresh = async () => {
      // The SDK reads the stored tokens only in its constructor, and stores those that it knows.
      const { [key]: _, ...others } = await storedTokens()
      accessTokenMap.clear()
      for (const [key, token] of Object.entries(others)) accessTokenMap.set(key, token)
      const refreshToken = await sdk.getRefreshToken()
      try {
        return await sdk.getAccessToken(resource, organizationId)
      } catch (error) {
        // Without a refresh token an expired session cannot be renewed either.
        if (refreshToken && !isGrantEnded(error)) throw error
        if (refreshToken !== (await sdk.getRefreshToken())) throw SUPERSEDED
        await sdk.clearAllTokens()
        throw new SignInError('session_ended', error)
      }
    }

    await callback.settle()
    const rejected = forceRefresh ? (await storedTokens())[key]?.token : wanted.rejected
    for (;;) {
      if (!(await sdk.isAuthenticated())) throw new SignInError('signed_out')
      try {
        return (await usable()) ?? (await run(async () => (await usable()) ?? refresh()))
      } catch (error) {
        // Another tab has taken the lock over meanwhile, and stored newer tokens.
        if (error !== SUPERSEDED) throw error
      }
    }
  }

  const client: LogtoClient = Object.assign(Object.create(sdk), {
    isAuthenticated: async () => {
      await callback.settle()
      return sdk.isAuthenticated()
    },
    getAccessToken: (resource?: string, organizationId?: string) =>
      requestToken({ resource, organizationId }),
    clearAllTokens: () => run(() => sdk.clearAllTokens()),
    handleSignInCallback: callback.complete,
    setJwtVerifier: sdk.setJwtVerifier.bind(sdk),
  })
  return { client, callback, state, requestToken }
}
