import { createLocalJWKSet, jwtVerify } from 'jose'
import { JOSEError } from 'jose/errors'
import type { LogtoState } from '../state/state.js'

/**
 * Resolves with `sub` of a JWT that this Logto signed, or undefined for any other text. A token exchange takes it for any
 * audience, ID tokens included (recordings/released/exchange-of-users-*.json); the development version refuses ID tokens.
 */
export async function subjectOfJwt(state: LogtoState, token: string): Promise<string | undefined> {
  const { issuer, keys, version } = state
  const typ = version === 'development' && { typ: 'at+jwt' }
  const options = { issuer, currentDate: new Date(state.now()), ...typ }
  try {
    return (await jwtVerify(token, createLocalJWKSet(keys.jwks()), options)).payload.sub
  } catch (error) {
    if (error instanceof JOSEError) return undefined
    throw error
  }
}
