import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const digestOf = (salt: string, password: string): Buffer =>
  createHash('sha256').update(salt).update(password).digest()

/**
 * Returns the digest of a test user's password. The digest is fast on purpose: seeding 100,000 users must not take
 * minutes, and these passwords are in test files. Logto itself uses Argon2.
 */
export function passwordDigest(password: string): string {
  const salt = randomBytes(8).toString('hex')
  return `${salt}:${digestOf(salt, password).toString('hex')}`
}

/** Returns whether `digest` is that of `password`. */
export function isPassword(password: string, digest: string | null): boolean {
  const [salt, hash] = digest?.split(':') ?? []
  if (!salt || !hash) return false
  return timingSafeEqual(digestOf(salt, password), Buffer.from(hash, 'hex'))
}
