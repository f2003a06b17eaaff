import type { LogtoVersion } from '../records/logto-version.js'

const RELEASED_SCOPES: readonly string[] = [
  'openid',
  'offline_access',
  'profile',
  'email',
  'phone',
  'address',
  'custom_data',
  'identities',
  'roles',
  'urn:logto:scope:organizations',
  'urn:logto:scope:organization_roles',
  'urn:logto:scope:sessions',
]

/** Returns the scopes of Logto's own, apart from those of API resources. By the last one the versions can be told apart. */
export function supportedScopes(version: LogtoVersion): readonly string[] {
  return version === 'development' ? [...RELEASED_SCOPES, 'urn:logto:scope:trusted_devices'] : RELEASED_SCOPES
}

/** Which claims each scope brings (recordings/tokens, recordings/oidc/openid-configuration.json). */
export const CLAIMS_BY_SCOPE: Record<string, string[]> = {
  openid: ['sub'],
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
    'username',
    'created_at',
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  custom_data: ['custom_data'],
  identities: ['identities', 'sso_identities'],
  roles: ['roles'],
  'urn:logto:scope:organizations': ['organizations', 'organization_data'],
  'urn:logto:scope:organization_roles': ['organization_roles'],
}
