import type { ApplicationRecord } from '../records/records.js'
import type { LogtoState } from '../state/state.js'
import { type AccessTokenGrant, accessTokenClaims, signAccessToken } from './access-token.js'
import { grantedScopes, organizationScopesGranted } from './granted-scopes.js'
import { OidcRefusal } from './oidc-error.js'

/** Parameters of a `client_credentials` request. */
export interface MachineTokenRequest {
  resource?: string | undefined
  organizationId?: string | undefined
  scope?: string | undefined
}

/**
 * Resolves with the answer to a `client_credentials` request of an authenticated machine. Any machine gets a token for any resource;
 * its roles only decide the scope (docs/facts.md, "Tokens and keys").
 *
 * @throws OidcRefusal `invalid_target` for an unknown resource or none, `access_denied` for a foreign organization.
 */
export async function machineTokenResponse(
  state: LogtoState,
  application: ApplicationRecord,
  request: MachineTokenRequest,
): Promise<Record<string, unknown>> {
  const grant = grantOf(state, application, request)
  return {
    access_token: await signAccessToken(state, accessTokenClaims(state, grant)),
    expires_in: grant.expiresIn,
    token_type: 'Bearer',
    ...(grant.scope !== undefined && { scope: grant.scope }),
  }
}

/** What a secret is to an application: one of its own, one that has expired, or none. */
export type SecretStanding = 'valid' | 'expired' | 'wrong'

/** What Logto says of an expired secret (recordings/released/token-secret-expired-post.json). */
export const EXPIRED_SECRET = 'client secret has expired'

/** Returns what `secret` is to the application. */
export function secretStanding(
  state: LogtoState,
  application: ApplicationRecord,
  secret: string,
): SecretStanding {
  const known = application.secrets.find(({ value }) => value === secret)
  if (!known) return 'wrong'
  return known.expiresAt === null || known.expiresAt > state.now() ? 'valid' : 'expired'
}

function grantOf(
  state: LogtoState,
  application: ApplicationRecord,
  { resource: indicator, organizationId, scope }: MachineTokenRequest,
): AccessTokenGrant {
  const requested = new Set(scope?.split(' ') ?? [])
  const base = { sub: application.id, clientId: application.id }
  if (organizationId !== undefined && indicator === undefined) {
    const roles = state.organizations.get(organizationId)?.applications.get(application.id)
    if (!roles) {
      throw new OidcRefusal(403, 'access_denied', 'app has not associated with the organization')
    }
    const granted = organizationScopesGranted(state, roles).filter((name) => requested.has(name))
    const audience = `urn:logto:organization:${organizationId}`
    return { ...base, audience, expiresIn: 3600, scope: granted.join(' ') }
  }
  if (indicator === undefined) {
    throw new OidcRefusal(400, 'invalid_target', 'both `resource` and `organization_id` are not provided')
  }
  const resource = state.resourceByIndicator(indicator)
  if (!resource) throw new OidcRefusal(400, 'invalid_target', 'resource indicator is missing, or unknown')
  const granted = grantedScopes(state, application, resource).filter((name) => requested.has(name))
  return {
    ...base,
    audience: indicator,
    expiresIn: resource.accessTokenTtl,
    scope: granted.length > 0 ? granted.join(' ') : undefined,
    organizationId,
  }
}
