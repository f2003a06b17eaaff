import { type JWTPayload, jwtVerify } from 'jose'
import { ID_TOKEN_CLOCK_TOLERANCE_SECONDS } from '../../logto/clock-tolerance.js'
import type { KeySource } from '../../server/key-source.js'
import { SIGNATURE_ALGORITHMS } from '../../server/verification-key.js'
import type { Profile } from '../sessions/session.js'
import type { Identity } from './exchange.js'
import { keyResolverOf } from './logto-keys.js'

export type IdTokenVerifier = (idToken: string) => Promise<Identity>

/**
 * Verifies ID tokens (OpenID Connect Core 1.0, 3.1.3.7): Logto's signature, issuer and audience, `exp` and a recent
 * `iat`. There is no nonce: the code comes back to the browser that has its verifier (PKCE), and the token straight from
 * Logto.
 *
 * The function throws Error, without the claims.
 */
export function idTokenVerifierOf(keys: KeySource, appId: string): IdTokenVerifier {
  const getKey = keyResolverOf(keys)
  return async (idToken) => {
    try {
      const { payload } = await jwtVerify(idToken, getKey, {
        issuer: await keys.issuer(),
        audience: appId,
        algorithms: [...SIGNATURE_ALGORITHMS],
        requiredClaims: ['sub', 'iat', 'exp'],
        clockTolerance: ID_TOKEN_CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: 2 * ID_TOKEN_CLOCK_TOLERANCE_SECONDS,
      })
      return identityOf(payload)
    } catch (error) {
      // jose's errors hold the claims, which have no business in a log.
      throw new Error(`The ID token was refused: ${error instanceof Error ? error.message : 'unknown'}`)
    }
  }
}

function identityOf(payload: JWTPayload): Identity {
  const { sub, iat, sid } = payload
  if (!sub || iat === undefined) throw new Error('It has no user')
  return {
    userId: sub,
    issuedAt: iat,
    ...(typeof sid === 'string' && { logtoSessionId: sid }),
    profile: profileOf(payload),
  }
}

function profileOf({ username, name, picture, email }: Record<string, unknown>): Profile {
  return {
    ...(typeof username === 'string' && { username }),
    ...(typeof name === 'string' && { name }),
    ...(typeof picture === 'string' && { picture }),
    ...(typeof email === 'string' && { email }),
  }
}
