import { randomBytes } from 'node:crypto'
import { importJWK, type JWTPayload, SignJWT } from 'jose'
import { algorithmOf } from '../records/signing-keys.js'
import type { LogtoState } from '../state/state.js'

/** What the claims of an access token depend on. */
export interface AccessTokenGrant {
  sub: string
  clientId: string
  audience: string
  /** Seconds. */
  expiresIn: number
  /** Left out of the token when undefined, as in a machine's token without a role. */
  scope?: string | undefined
  organizationId?: string | undefined
}

/**
 * Returns the claims of an access token for an API resource or an organization
 * (recordings/tokens/B-refresh-with-resource_jwt-all-scopes.json).
 */
export function accessTokenClaims(state: LogtoState, grant: AccessTokenGrant): JWTPayload {
  const iat = Math.floor(state.now() / 1000)
  return {
    jti: randomBytes(32).toString('base64url'),
    sub: grant.sub,
    iat,
    exp: iat + grant.expiresIn,
    ...(grant.scope !== undefined && { scope: grant.scope }),
    client_id: grant.clientId,
    iss: state.issuer,
    aud: grant.audience,
    ...(grant.organizationId !== undefined && { organization_id: grant.organizationId }),
  }
}

/** Signs claims as Logto does: header `alg`, `typ: at+jwt`, `kid`. A field of `header` replaces the default; undefined leaves it out. */
export async function signAccessToken(
  state: LogtoState,
  claims: JWTPayload,
  header: Record<string, unknown> = {},
): Promise<string> {
  const key = state.keys.current
  const alg = algorithmOf(key)
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'at+jwt', kid: key.kid, ...header, alg })
    .sign(await importJWK(key.privateJwk, alg))
}
