import {
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose'
import {
  ID_TOKEN_CLOCK_TOLERANCE_SECONDS,
  LOGOUT_TOKEN_CLOCK_TOLERANCE_SECONDS,
} from '../logto/clock-tolerance.js'
import { isObject } from '../logto/is-object.js'
import { AuthError } from '../server/auth-error.js'
import type { KeySource } from '../server/key-source.js'
import { moment } from '../server/moment.js'
import { SIGNATURE_ALGORITHMS } from '../server/verification-key.js'
import { SessionError } from './errors.js'
import type { LogoutTarget, Profile } from './session.js'
import type { Identity } from './sign-in-exchange.js'

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const MAX_LOGOUT_TOKEN_LENGTH = 8_192
/** Seconds. Logto's live for two minutes (oidc-provider, IdToken `use: 'logout'`). */
const MAX_LOGOUT_TOKEN_AGE = 600

/** An ID token that is not for this sign-in. The message has no claims in it, so it can go into a log. */
export class IdTokenRefused extends Error {
  override readonly name = 'IdTokenRefused'
}

/** Verifies the tokens that Logto issues to the application itself: signature, issuer, audience and times. */
export class LogtoTokens {
  readonly #keys: KeySource
  readonly #appId: string

  constructor(keys: KeySource, appId: string) {
    this.#keys = keys
    this.#appId = appId
  }

  /**
   * Verifies an ID token (OpenID Connect Core 1.0, 3.1.3.7).
   *
   * @param nonce - what the token has to repeat; undefined where it was not sent, at a refresh.
   * @throws IdTokenRefused; AuthError `keys_unavailable`.
   */
  async verifyIdToken(idToken: string, nonce?: string): Promise<Identity> {
    try {
      const { payload } = await this.#verify(idToken, {
        requiredClaims: ['sub', 'iat', 'exp'],
        clockTolerance: ID_TOKEN_CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: 2 * ID_TOKEN_CLOCK_TOLERANCE_SECONDS,
      })
      if (nonce !== undefined && payload.nonce !== nonce)
        throw new Error('Its nonce is not that of this sign-in')
      return identityOf(payload)
    } catch (error) {
      if (error instanceof AuthError && error.code === 'keys_unavailable') throw error
      // jose's errors hold the claims, which do not belong in a log.
      throw new IdTokenRefused(
        `The ID token was refused: ${error instanceof Error ? error.message : 'unknown'}`,
      )
    }
  }

  /**
   * Verifies a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6): also `jti`, the logout event, a user or a
   * session, and no `nonce`, so that no ID token passes. Tokens that came before are not remembered: a token ends only
   * sessions that began before its `iat`, so it can end nothing new.
   *
   * @throws SessionError `logout_token_refused`, or `logto_unavailable` when the keys cannot be fetched.
   */
  async verifyLogoutToken(logoutToken: string): Promise<LogoutTarget> {
    if (logoutToken.length > MAX_LOGOUT_TOKEN_LENGTH) {
      throw refused(`It has ${logoutToken.length} characters`)
    }
    try {
      const { payload, protectedHeader } = await this.#verify(logoutToken, {
        requiredClaims: ['iat', 'exp', 'jti', 'events'],
        clockTolerance: LOGOUT_TOKEN_CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: MAX_LOGOUT_TOKEN_AGE,
      })
      return targetOf(payload, protectedHeader.typ)
    } catch (error) {
      if (error instanceof SessionError) throw error
      if (error instanceof AuthError && error.code === 'keys_unavailable') {
        throw new SessionError('logto_unavailable', { cause: error })
      }
      // jose's errors carry the claims: their message is enough.
      throw refused(error instanceof Error ? error.message : 'It could not be verified')
    }
  }

  async #verify(token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
    return jwtVerify(token, this.#getKey, {
      ...options,
      issuer: await this.#keys.issuer(),
      audience: this.#appId,
      algorithms: [...SIGNATURE_ALGORITHMS],
    })
  }

  // Asymmetric algorithms only: a public key must never be taken for a shared secret.
  readonly #getKey: JWTVerifyGetKey = async ({ alg, kid }) => {
    const algorithm = SIGNATURE_ALGORITHMS.find((known) => known === alg)
    const keys = algorithm && kid !== undefined ? await this.#keys.find(kid, moment()) : []
    for (const key of keys) {
      const imported = algorithm && key.isFor(algorithm) ? await key.import(algorithm) : undefined
      if (imported?.cryptoKey) return imported.cryptoKey
    }
    throw new AuthError('key_unknown', 'The issuer has no such key')
  }
}

function identityOf({ sub, iat, sid, ...claims }: JWTPayload): Identity {
  if (!sub || iat === undefined) throw new Error('It has no user')
  return {
    userId: sub,
    issuedAt: iat,
    ...(typeof sid === 'string' && { logtoSessionId: sid }),
    profile: profileOf(claims),
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

function targetOf({ sub, sid, iat, events, nonce }: JWTPayload, typ: string | undefined): LogoutTarget {
  // Recommended only since the final text; where it is present it says what the token is for.
  if (typ !== undefined && !/^(application\/)?logout\+jwt$/i.test(typ)) throw refused('Its typ is another')
  if (!isObject(events) || !isObject(events[LOGOUT_EVENT])) throw refused('It names no logout event')
  if (nonce !== undefined) throw refused('It has a nonce, as an ID token')
  if (iat === undefined) throw refused('It has no time of issue')
  const userId = typeof sub === 'string' && sub !== '' ? sub : undefined
  const logtoSessionId = typeof sid === 'string' && sid !== '' ? sid : undefined
  if (userId === undefined && logtoSessionId === undefined) throw refused('It names neither user nor session')
  return {
    issuedAt: iat,
    ...(userId !== undefined && { userId }),
    ...(logtoSessionId !== undefined && { logtoSessionId }),
  }
}

function refused(detail: string): SessionError {
  return new SessionError('logout_token_refused', { detail })
}
