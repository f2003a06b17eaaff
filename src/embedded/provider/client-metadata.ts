import type { AdapterPayload } from 'oidc-provider'
import { isConfidential } from '../../testing/records/new-records.js'
import type { ApplicationRecord } from '../../testing/records/records.js'
import { algorithmOf } from '../../testing/records/signing-keys.js'
import type { LogtoState } from '../../testing/state/state.js'
import { TOKEN_EXCHANGE } from './token-exchange.js'

/** Returns a Logto application as the OpenID Connect client that oidc-provider knows. */
export function clientMetadata(state: LogtoState, application: ApplicationRecord): AdapterPayload {
  const { redirectUris, postLogoutRedirectUris } = application.oidcClientMetadata
  const { backchannelLogoutUri, backchannelLogoutSessionRequired } = application.oidcClientMetadata
  const machine = application.type === 'MachineToMachine'
  return {
    client_id: application.id,
    client_name: application.name,
    application_type: application.type === 'Native' ? 'native' : 'web',
    grant_types: [
      ...(machine ? ['client_credentials'] : ['authorization_code', 'refresh_token']),
      ...(application.customClientMetadata.allowTokenExchange === true ? [TOKEN_EXCHANGE] : []),
    ],
    response_types: machine ? [] : ['code'],
    redirect_uris: machine ? [] : redirectUris.filter((uri) => isUsable(uri, application)),
    post_logout_redirect_uris: postLogoutRedirectUris.filter((uri) => isUsable(uri, application)),
    id_token_signed_response_alg: algorithmOf(state.keys.current),
    ...(backchannelLogoutUri !== undefined && {
      backchannel_logout_uri: backchannelLogoutUri,
      backchannel_logout_session_required: backchannelLogoutSessionRequired ?? false,
    }),
    ...(isConfidential(application.type)
      ? {
          token_endpoint_auth_method: 'client_secret_basic',
          // The real check compares with all secrets of the application; this one only has to exist.
          client_secret: application.secrets[0]?.value ?? 'no-secret',
        }
      : { token_endpoint_auth_method: 'none' }),
  }
}

// Logto accepts URIs that oidc-provider refuses. One of those must not make the whole client unusable.
function isUsable(uri: string, { type }: ApplicationRecord): boolean {
  if (!URL.canParse(uri) || uri.includes('*')) return false
  const { protocol, hash } = new URL(uri)
  const isWeb = protocol === 'http:' || protocol === 'https:'
  // Apps on a phone have schemes of their own, which oidc-provider wants to look like reversed domain names.
  return hash === '' && (isWeb || (type === 'Native' && protocol.includes('.')))
}
