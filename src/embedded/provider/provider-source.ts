import type { Provider } from 'oidc-provider'
import type { LogtoState } from '../../testing/state/state.js'
import { type RefusalSettings, Refusals } from './answer-refusals.js'
import { clientMetadata } from './client-metadata.js'
import { GrantStore } from './grant-store.js'
import { createProvider, newCookieKey, type OidcProviderPackage } from './provider.js'

/** How the OpenID Connect server of one embedded Logto behaves. */
export interface ProviderOptions extends RefusalSettings {
  /** Seconds for which a used refresh token may be used again. */
  reuseWindowSeconds: number
  /** Lifetime of opaque access tokens in seconds. */
  accessTokenTtl: number
}

/** Holds the OpenID Connect server and replaces it when the signing keys have changed. The grants stay the same. */
export class ProviderSource {
  readonly grants: GrantStore
  readonly #build: () => Provider
  readonly #state: LogtoState
  #built: { version: number; provider: Provider } | undefined

  constructor(oidc: OidcProviderPackage, state: LogtoState, options: ProviderOptions) {
    const findClient = (id: string) => {
      const application = state.applications.get(id)
      if (!application) throw new oidc.errors.InvalidClient(`invalid client ${id}`)
      return clientMetadata(state, application)
    }
    this.#state = state
    this.grants = new GrantStore(findClient, options.reuseWindowSeconds)
    const cookieKey = newCookieKey()
    const refusals = new Refusals(state, options)
    this.#build = () => createProvider(oidc, state, this.grants, cookieKey, options.accessTokenTtl, refusals)
    state.faults.controlGrants(this.grants)
  }

  get current(): Provider {
    const { version } = this.#state.keys
    if (this.#built?.version !== version) this.#built = { version, provider: this.#build() }
    return this.#built.provider
  }
}
