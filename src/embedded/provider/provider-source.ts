import type { Provider } from 'oidc-provider'
import type { LogtoState } from '../../testing/state/state.js'
import { type RefusalSettings, Refusals } from './answer-refusals.js'
import { clientMetadata } from './client-metadata.js'
import { GrantStore } from './grant-store.js'
import { createProvider, newCookieKey, type OidcProviderPackage, type ProviderSettings } from './provider.js'
import { Sessions } from './sessions.js'

/** How the OpenID Connect server of one embedded Logto behaves. */
export interface ProviderOptions extends RefusalSettings, ProviderSettings {
  /** Seconds for which a used refresh token may be used again. */
  reuseWindowSeconds: number
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
    const sessions = new Sessions(this.grants)
    const parts = {
      store: this.grants,
      sessions,
      cookieKey: newCookieKey(),
      refusals: new Refusals(state, options),
      settings: options,
    }
    this.#build = () => createProvider(oidc, state, parts)
    state.sessions = sessions
    state.faults.controlGrants(this.grants)
  }

  get current(): Provider {
    const { version } = this.#state.keys
    if (this.#built?.version !== version) this.#built = { version, provider: this.#build() }
    return this.#built.provider
  }
}
