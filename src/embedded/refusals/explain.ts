import { DEFAULT_MANAGEMENT_API_RESOURCE } from '../../logto/index.js'
import type { LogtoState } from '../../testing/state/state.js'
import { allowedOrigins } from './allowed-origins.js'
import type { RefusedRequest } from './refused-request.js'

/** An OAuth error, and the parameters of the request that it answers. */
export interface OAuthFailure {
  error: string
  description: string
  /** Returns the values of a parameter of the request. */
  parameter(name: string): string[]
  /** Id of the client that asked, as far as it is known. */
  clientId: string | undefined
  origin: string | undefined
}

/** Returns what was not as registered, or undefined when the error has another reason. */
export function explainFailure(state: LogtoState, failure: OAuthFailure): RefusedRequest | undefined {
  const { error, description, clientId } = failure
  const application = clientId === undefined ? undefined : state.applications.get(clientId)
  const named = application && { id: application.id, name: application.name, type: application.type }
  const refused = (what: RefusedRequest['what'], sent: string | undefined, registered: readonly string[]) =>
    sent === undefined ? undefined : { what, sent, registered, application: named }

  if (error === 'invalid_client') {
    if (!application) return refused('client_id', clientId, peopleSignInWith(state))
    return description.includes('authentication') ? refused('client_secret', '', []) : undefined
  }
  if (error === 'invalid_redirect_uri') {
    const [sent] = failure.parameter('redirect_uri')
    return refused('redirect_uri', sent, application?.oidcClientMetadata.redirectUris ?? [])
  }
  if (error === 'invalid_target') {
    const registered = [...state.resources.values()]
      .map(({ indicator }) => indicator)
      .filter((indicator) => indicator !== DEFAULT_MANAGEMENT_API_RESOURCE)
    const sent = failure.parameter('resource').find((indicator) => !isKnown(registered, indicator))
    return refused('resource', sent, registered)
  }
  if (description.startsWith('post_logout_redirect_uri')) {
    const [sent] = failure.parameter('post_logout_redirect_uri')
    const registered = application?.oidcClientMetadata.postLogoutRedirectUris ?? []
    return refused('post_logout_redirect_uri', sent, registered)
  }
  if (/^origin .* not allowed/.test(description)) {
    return refused('origin', failure.origin, application ? allowedOrigins(application) : [])
  }
  return undefined
}

// Logto's reserved indicators begin so.
const isKnown = (registered: readonly string[], indicator: string): boolean =>
  registered.includes(indicator) || indicator.startsWith('urn:logto:')

const peopleSignInWith = (state: LogtoState): string[] =>
  [...state.applications.values()].filter(({ type }) => type !== 'MachineToMachine').map(({ id }) => id)
