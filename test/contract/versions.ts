import { isObject } from '../../src/logto/is-object.js'
import type { LogtoVersion } from '../../src/testing/index.js'
import { send } from './http.js'

/** In what the measured versions of Logto differ. */
export interface VersionDifference {
  what: string
  released: string
  development: string
  /** Recordings, or the page that says so. */
  source: string
}

/** The only scope of discovery that one of the versions lacks. No answer of Logto names its version (recordings/released/status.json). */
export const NEWER_SCOPE = 'urn:logto:scope:trusted_devices'

/** The only field of a user that one of the versions lacks. */
export const NEWER_USER_FIELD = 'cimdClientId'

/** Fields that differ by version. A recording of one version is compared with another after these are put in or taken out. */
export const FIELD_DIFFERENCES: readonly VersionDifference[] = [
  {
    what: 'users: Management API, account API, webhooks',
    released: `no \`${NEWER_USER_FIELD}\``,
    development: `\`${NEWER_USER_FIELD}: null\``,
    source: 'released/user-object-get.json, mgmt/user-get.json',
  },
  {
    what: '`scopes_supported` of discovery',
    released: `no \`${NEWER_SCOPE}\``,
    development: `\`${NEWER_SCOPE}\` is the last one`,
    source: 'released/openid-configuration.json, oidc/openid-configuration.json',
  },
]

/**
 * Behaviour that differs by version. A case about one of these names the version that shows it, in its `only`, and is
 * left out at the other.
 */
export const BEHAVIOUR_DIFFERENCES: readonly VersionDifference[] = [
  {
    what: 'token exchange for a suspended user: by a subject token, a personal access token or a JWT of before',
    released: 'gives tokens',
    development: '400 `invalid_grant`',
    source: 'released/exchange-suspended-user.json, released/pat-exchange-suspended-user.json',
  },
  {
    what: 'token exchange of a user’s ID token',
    released: 'gives tokens',
    development: '400 `invalid_grant`',
    source: 'released/exchange-of-users-id-token.json',
  },
  {
    what: 'a code that was issued before a suspension, a sign-in in progress, and what they became',
    released: 'become tokens, which refresh, although the user is suspended',
    development: '400 `invalid_grant`',
    source: 'released/code-issued-before-suspension-exchanged-after.json, errors/refresh-suspended-user.json',
  },
]

/** Returns the version of a Logto, which its discovery document tells. */
export async function versionOf(endpoint: string): Promise<LogtoVersion> {
  const { fields } = await send(`${endpoint}/oidc/.well-known/openid-configuration`)
  const scopes = Array.isArray(fields.scopes_supported) ? fields.scopes_supported : []
  return scopes.includes(NEWER_SCOPE) ? 'development' : '1.42.0'
}

/** Returns what a version answers where the other one, or itself, gave this answer. Objects are copied. */
export function asVersion(version: LogtoVersion, answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map((item) => asVersion(version, item))
  if (!isObject(answer)) return answer
  const fields = Object.entries(answer).map(([name, value]): [string, unknown] => [
    name,
    name === 'scopes_supported' ? scopesOf(version, value) : asVersion(version, value),
  ])
  const { [NEWER_USER_FIELD]: _newer, ...common } = Object.fromEntries(fields)
  return version === 'development' && isUser(common) ? { ...common, [NEWER_USER_FIELD]: null } : common
}

function scopesOf(version: LogtoVersion, scopes: unknown): unknown {
  if (!Array.isArray(scopes)) return scopes
  const released = scopes.filter((scope) => scope !== NEWER_SCOPE)
  return version === 'development' ? [...released, NEWER_SCOPE] : released
}

// A user as every answer and webhook shows one; the account API without the scope `profile` shows neither field.
const isUser = (value: object): boolean => 'isSuspended' in value && 'applicationId' in value
