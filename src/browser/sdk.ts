import LogtoClient, { createRequester } from '@logto/browser'
import { issuerOf } from '../logto/endpoint.js'
import { withNetworkErrors } from './network-failure.js'
import type { Settings } from './options.js'

/** An access token as `@logto/client` stores it; `expiresAt` in seconds. */
export interface StoredToken {
  token: string
  scope: string
  expiresAt: number
}

/** The LogtoClient of `@logto/browser` with its own operations, for use inside the lock. */
export class Sdk extends LogtoClient {
  /** The tokens that the SDK knows. It reads the stored ones in its constructor only. */
  declare readonly accessTokenMap: Map<string, StoredToken>

  constructor({ logtoEndpoint, appId, scopes, resource, resources, timeoutMs }: Settings) {
    super({ endpoint: logtoEndpoint, appId, scopes, resources: [resource, ...resources] })
    // The SDK's requests have no timeout, and the lock is held meanwhile.
    this.adapter.requester = createRequester((input, init) =>
      withNetworkErrors('logto', issuerOf(logtoEndpoint), () =>
        fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
      ),
    )
  }
}
