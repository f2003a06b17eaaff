import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const digestOf = (salt: string, password: string): Buffer =>
  createHash('sha256').update(salt).update(password).digest()

/**
 * Digest of a test user's password. A fast digest on purpose: 100,000 seeded users must not cost minutes, and these
 * passwords stand in test files. Logto itself uses Argon2.
 */
export function passwordDigest(password: string): string {
  const salt = randomBytes(8).toString('hex')
  return `${salt}:${digestOf(salt, password).toString('hex')}`
}

/** Whether `password` is the one behind `digest`. */
export function isPassword(password: string, digest: string | null): boolean {
  const [salt, hash] = digest?.split(':') ?? []
  if (!salt || !hash) return false
  return timingSafeEqual(digestOf(salt, password), Buffer.from(hash, 'hex'))
}
