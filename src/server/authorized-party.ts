import { defined, type OptionRule, STRING, someOf } from '../logto/option-rules.js'
import { AuthError, quoted } from './auth-error.js'
import type { AccessTokenClaims } from './claims.js'

// `undefined` and the empty list are what an environment variable that is not set becomes, and would let every one pass.
export const AUTHORIZED_PARTIES: OptionRule = defined(someOf(STRING))

/**
 * Checks which application a token was issued to: `client_id` (RFC 9068, section 2.2), which Logto writes, or `azp`
 * (OpenID Connect Core 1.0, section 2). A token that has both must have the same in both.
 *
 * @param parties - ids of applications; undefined lets every one pass.
 * @throws AuthError `authorized_party_mismatch`.
 */
export function checkAuthorizedParty(
  { client_id: clientId, azp }: AccessTokenClaims,
  parties: readonly string[] | undefined,
): void {
  if (parties === undefined) return
  const party = clientId ?? azp
  const isOne = azp === undefined || azp === party
  if (isOne && parties.some((allowed) => allowed === party)) return
  const found = isOne ? quoted(party) : `"client_id" ${quoted(clientId)} and "azp" ${quoted(azp)}`
  throw new AuthError(
    'authorized_party_mismatch',
    `Expected a token that was issued to ${parties.map(quoted).join(' or ')} (authorizedParties), got ${found}`,
  )
}
