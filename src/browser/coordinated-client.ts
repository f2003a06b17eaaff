import type LogtoClient from '@logto/browser'
import { type AuthState, createAuthState } from './auth-state.js'
import { type Callback, createCallback } from './callback.js'
import type { Settings } from './options.js'
import { Sdk } from './sdk.js'
import { createTokenLock } from './token-lock.js'
import { TokenRefresh, type TokenRequest } from './token-refresh.js'
import { shareTokens } from './token-storage.js'

/** The Client's access to Logto: one at a time over all tabs. */
export interface CoordinatedClient {
  /** The LogtoClient of `@logto/browser`, whose operations that write tokens take the lock. */
  client: LogtoClient
  callback: Callback
  authState: AuthState
  /** Resolves with a usable access token; a sign-in that this page was opened with is completed first. */
  requestToken(request: TokenRequest): Promise<string>
}

/** Puts storage, lock, callback and refresh together. Everything that writes tokens holds the one lock. */
export function createCoordinatedClient(settings: Settings): CoordinatedClient {
  const { appId, lockWaitMs } = settings
  const name = `interaqt-logto:${appId}`
  const authState = createAuthState(`logto:${appId}:idToken`)
  const sdk = new Sdk(settings)
  const { storage, untilCurrent } = shareTokens(sdk.adapter.storage, name, authState.record)
  sdk.adapter.storage = storage
  const runAlone = createTokenLock(name, lockWaitMs, untilCurrent)
  const callback = createCallback(sdk, runAlone)
  const tokens = new TokenRefresh(sdk, runAlone)

  const requestToken = async (request: TokenRequest) => {
    await callback.completeCurrent()
    return tokens.requestToken(request)
  }

  // An object of its own: the SDK's operations inside the lock must not call these, which wait for the lock.
  const client: LogtoClient = Object.assign(Object.create(sdk), {
    isAuthenticated: async () => {
      await callback.completeCurrent()
      return sdk.isAuthenticated()
    },
    getAccessToken: (resource?: string, organizationId?: string) =>
      requestToken({ resource, organizationId }),
    clearAllTokens: () => runAlone(() => sdk.clearAllTokens()),
    handleSignInCallback: callback.complete,
    setJwtVerifier: sdk.setJwtVerifier.bind(sdk),
  })
  return { client, callback, authState, requestToken }
}
