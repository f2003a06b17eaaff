import type { Account, AccountClaims } from 'oidc-provider'
import type { UserRecord } from '../../testing/records/records.js'
import type { LogtoState } from '../../testing/state/state.js'

// These claims come only from the userinfo endpoint (recordings/tokens/A-code-exchange-no-resource_opaque.json, userinfo.json).
const USERINFO_ONLY = new Set(['custom_data', 'identities', 'sso_identities', 'organization_data'])

const TOKEN_ROUTES = new Set(['token', 'userinfo'])

/**
 * Returns the account of a token. A deleted user has none, so refresh and userinfo fail. Of a suspended user what existed
 * has ended, and the release checks nothing afterwards (recordings/released/refresh-of-token-got-after-suspension.json);
 * the development version refuses new tokens too.
 *
 * @param route - the endpoint that asks, by oidc-provider's name.
 */
export function findAccount(state: LogtoState, userId: string, route: string): Account | undefined {
  const user = state.users.get(userId)
  const checksSuspension = state.version === 'development' && TOKEN_ROUTES.has(route)
  if (!user || (user.isSuspended && checksSuspension)) return undefined
  return {
    accountId: user.id,
    claims: async (use): Promise<AccountClaims> => {
      const claims = Object.entries(claimsOf(state, user))
      const visible = use === 'id_token' ? claims.filter(([name]) => !USERINFO_ONLY.has(name)) : claims
      return { ...Object.fromEntries(visible), sub: user.id }
    },
  }
}

/** The standard claims of a profile, from Logto's camel case (OpenID Connect Core 1.0, section 5.1). */
const PROFILE_CLAIMS: Record<string, string> = {
  familyName: 'family_name',
  givenName: 'given_name',
  middleName: 'middle_name',
  nickname: 'nickname',
  preferredUsername: 'preferred_username',
  profile: 'profile',
  website: 'website',
  gender: 'gender',
  birthdate: 'birthdate',
  zoneinfo: 'zoneinfo',
  locale: 'locale',
}

function claimsOf(state: LogtoState, user: UserRecord): Record<string, unknown> {
  const memberships = [...state.organizations.values()].flatMap((organization) => {
    const roles = organization.members.get(user.id)
    return roles ? [{ organization, roles: [...roles] }] : []
  })
  const profile = Object.entries(PROFILE_CLAIMS).flatMap(([field, claim]) =>
    user.profile[field] === undefined ? [] : [[claim, user.profile[field]]],
  )
  return {
    name: user.name,
    preferred_username: user.username,
    picture: user.avatar,
    updated_at: user.updatedAt,
    username: user.username,
    created_at: user.createdAt,
    ...Object.fromEntries(profile),
    email: user.primaryEmail,
    email_verified: user.primaryEmail !== null,
    phone_number: user.primaryPhone,
    phone_number_verified: user.primaryPhone !== null,
    custom_data: user.customData,
    identities: user.identities,
    sso_identities: [],
    roles: [...user.roleIds].flatMap((id) => state.roles.get(id)?.name ?? []),
    organizations: memberships.map(({ organization }) => organization.id),
    organization_data: memberships.map(({ organization: { id, name, description } }) => ({
      id,
      name,
      description,
    })),
    organization_roles: memberships.flatMap(({ organization, roles }) =>
      roles.flatMap((id) => {
        const role = state.organizationRoles.get(id)
        return role ? [`${organization.id}:${role.name}`] : []
      }),
    ),
  }
}
