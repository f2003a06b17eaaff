import type { JWTVerifyGetKey } from 'jose'
import { AuthError } from '../../server/auth-error.js'
import type { KeySource } from '../../server/key-source.js'
import { SIGNATURE_ALGORITHMS } from '../../server/verification-key.js'

/**
 * Logto's keys, for jose: those of the key source that access tokens are verified with, which are kept through an outage.
 * Asymmetric algorithms only, so that no public key is ever taken for a shared secret.
 */
export function keyResolverOf(source: KeySource): JWTVerifyGetKey {
  return async ({ alg, kid }) => {
    const algorithm = SIGNATURE_ALGORITHMS.find((known) => known === alg)
    const keys = algorithm && kid !== undefined ? await source.find(kid, Date.now()) : []
    for (const key of keys) {
      const imported = algorithm && key.isFor(algorithm) ? await key.import(algorithm) : undefined
      if (imported) return imported
    }
    throw new AuthError('key_unknown', 'The issuer has no such key')
  }
}
