import type { KoaContextWithOIDC, ResourceServer } from 'oidc-provider'
import { DEFAULT_MANAGEMENT_API_RESOURCE } from '../../logto/index.js'
import {
  grantedScopes,
  organizationResourceScopesGranted,
  organizationScopesGranted,
} from '../../testing/oidc/granted-scopes.js'
import { algorithmOf } from '../../testing/records/signing-keys.js'
import type { LogtoState } from '../../testing/state/state.js'

/** Logto's reserved resource: names the organization scopes in an authorization request. */
export const ORGANIZATION_RESOURCE = 'urn:logto:resource:organizations'

/** The scope that a refresh token needs for an organization token. */
export const ORGANIZATIONS_SCOPE = 'urn:logto:scope:organizations'

/** What `getResourceServerInfo` and `extraTokenClaims` of oidc-provider need to know. */
export class ResourceServers {
  readonly #state: LogtoState
  readonly #invalidTarget: () => Error

  /** @param invalidTarget - makes oidc-provider's `invalid_target` error. */
  constructor(state: LogtoState, invalidTarget: () => Error) {
    this.#state = state
    this.#invalidTarget = invalidTarget
  }

  /** @throws InvalidTarget of oidc-provider for a resource that is not registered, byte for byte. */
  describe(ctx: KoaContextWithOIDC, indicator: string): ResourceServer {
    if (indicator === ORGANIZATION_RESOURCE) return this.#describeOrganizations(ctx)
    const resource = this.#state.resourceByIndicator(indicator)
    // Users get no token for the Management API (recordings/tokens/I-user-token-for-management-api.json).
    if (!resource || indicator === DEFAULT_MANAGEMENT_API_RESOURCE) throw this.#invalidTarget()
    const user = this.#userOf(ctx)
    const organizationId = organizationIdOf(ctx)
    const roles =
      user && organizationId && this.#state.organizations.get(organizationId)?.members.get(user.id)
    const scopes = roles
      ? organizationResourceScopesGranted(this.#state, roles, resource)
      : user
        ? grantedScopes(this.#state, user, resource)
        : []
    return this.#jwtFor(indicator, scopes, resource.accessTokenTtl)
  }

  // One reserved indicator stands for all organizations; a token request names the one it is for.
  #describeOrganizations(ctx: KoaContextWithOIDC): ResourceServer {
    const user = this.#userOf(ctx)
    const organizationId = organizationIdOf(ctx)
    const memberships = [...this.#state.organizations.values()].flatMap((organization) => {
      const roles = user && organization.members.get(user.id)
      return roles && (organizationId === undefined || organization.id === organizationId) ? [...roles] : []
    })
    const scopes = organizationScopesGranted(this.#state, new Set(memberships))
    const audience =
      organizationId === undefined ? ORGANIZATION_RESOURCE : `urn:logto:organization:${organizationId}`
    return this.#jwtFor(audience, scopes, 3600)
  }

  #jwtFor(audience: string, scopes: readonly string[], accessTokenTTL: number): ResourceServer {
    const key = this.#state.keys.current
    return {
      audience,
      scope: scopes.join(' '),
      accessTokenTTL,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: algorithmOf(key), kid: key.kid } },
    }
  }

  #userOf(ctx: KoaContextWithOIDC) {
    const { oidc } = ctx
    const id = oidc.account?.accountId ?? oidc.session?.accountId
    return id === undefined ? undefined : this.#state.users.get(id)
  }
}

/** Returns the organization that a token request names; oidc-provider drops the parameter, so it is read from the raw body. */
export function organizationIdOf(ctx: KoaContextWithOIDC): string | undefined {
  const id = ctx.oidc.route === 'token' ? ctx.oidc.body?.organization_id : undefined
  return typeof id === 'string' && id !== '' ? id : undefined
}
