import { jwtVerify } from 'jose'
import { LOGOUT_TOKEN_CLOCK_TOLERANCE_SECONDS } from '../../logto/clock-tolerance.js'
import { isObject } from '../../logto/is-object.js'
import { AuthError } from '../../server/auth-error.js'
import type { KeySource } from '../../server/key-source.js'
import { SIGNATURE_ALGORITHMS } from '../../server/verification-key.js'
import { SessionError } from '../errors.js'
import type { LogoutTarget } from '../sessions/session.js'
import { keyResolverOf } from './logto-keys.js'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const MAX_LENGTH = 8_192
/** Seconds. Logto's live for two minutes (oidc-provider, IdToken `use: 'logout'`). */
const MAX_AGE = 600

export type LogoutTokenVerifier = (logoutToken: string) => Promise<LogoutTarget>

/**
 * Verifies logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.6): Logto's signature, issuer and audience, `exp`,
 * `iat`, `jti`, the logout event, a user or a session, and no `nonce`, so that no ID token passes. Whether the same
 * token came before is not remembered: it ends only sessions that began before its `iat`, so it can end nothing new.
 *
 * The function throws SessionError `logout_token_refused`, or `logto_unavailable` when the keys cannot be had.
 */
export function logoutTokenVerifierOf(keys: KeySource, appId: string): LogoutTokenVerifier {
  const getKey = keyResolverOf(keys)
  return async (logoutToken) => {
    if (logoutToken.length > MAX_LENGTH) throw refused(`It has ${logoutToken.length} characters`)
    try {
      const { payload, protectedHeader } = await jwtVerify(logoutToken, getKey, {
        issuer: await keys.issuer(),
        audience: appId,
        algorithms: [...SIGNATURE_ALGORITHMS],
        requiredClaims: ['iat', 'exp', 'jti', 'events'],
        clockTolerance: LOGOUT_TOKEN_CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: MAX_AGE,
      })
      return targetOf(payload, protectedHeader.typ)
    } catch (error) {
      throw asRefusal(error)
    }
  }
}

function targetOf(claims: Record<string, unknown>, typ: string | undefined): LogoutTarget {
  const { sub, sid, iat, events } = claims
  // Recommended only since the final text; where it is present it says what the token is for.
  if (typ !== undefined && !/^(application\/)?logout\+jwt$/i.test(typ)) throw refused(`Its typ is another`)
  if (!isObject(events) || !isObject(events[EVENT])) throw refused('It names no logout event')
  if ('nonce' in claims) throw refused('It has a nonce, as an ID token')
  if (typeof iat !== 'number') throw refused('It has no time of issue')
  const userId = typeof sub === 'string' && sub !== '' ? sub : undefined
  const logtoSessionId = typeof sid === 'string' && sid !== '' ? sid : undefined
  if (userId === undefined && logtoSessionId === undefined) throw refused('It names neither user nor session')
  return {
    issuedAt: iat,
    ...(userId !== undefined && { userId }),
    ...(logtoSessionId !== undefined && { logtoSessionId }),
  }
}

function asRefusal(error: unknown): SessionError {
  if (error instanceof SessionError) return error
  if (error instanceof AuthError && error.code === 'keys_unavailable') {
    return new SessionError('logto_unavailable', { cause: error })
  }
  // jose's errors carry the claims: their message is enough.
  return refused(error instanceof Error ? error.message : 'It could not be verified')
}

function refused(detail: string): SessionError {
  return new SessionError('logout_token_refused', { detail })
}
