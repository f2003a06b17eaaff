import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isImportedPassword } from './imported-passwords.js'
import type { PasswordAlgorithm } from './password-algorithms.js'

/** A password as a user's row has it. Both are null when the user has none. */
export interface StoredPassword {
  passwordDigest: string | null
  passwordAlgorithm: PasswordAlgorithm | null
}

// The salt begins with "not-argon", so that such a digest is recognised wherever it is imported.
const OWN_PREFIX = '$argon2i$v=19$m=4096,t=256,p=1$bm90LWFyZ29u'

const digestOf = (salt: string, password: string): Buffer =>
  createHash('sha256').update(salt).update(password).digest()

/**
 * Returns the digest of a test user's password. It has the form of Argon2i, which Logto uses, but is a fast one on
 * purpose: seeding 100,000 users must not take minutes, and these passwords are in test files. No other Logto can verify
 * it.
 */
export function passwordDigest(password: string): string {
  const salt = randomBytes(7).toString('base64').replaceAll('=', '')
  return `${OWN_PREFIX}${salt}$${digestOf(salt, password).toString('base64').replaceAll('=', '')}`
}

/** The password of a row as {@link passwordDigest} makes it, under the name that Logto gives its own digests. */
export const newPassword = (password: string): StoredPassword => ({
  passwordDigest: passwordDigest(password),
  passwordAlgorithm: 'Argon2i',
})

/** Returns whether `digest` is {@link passwordDigest}'s of `password`; false for an imported one. */
export function isPassword(password: string, digest: string | null): boolean {
  const parts = partsOf(digest ?? '')
  if (!parts) return false
  const actual = digestOf(parts.salt, password)
  return actual.length === parts.hash.length && timingSafeEqual(actual, parts.hash)
}

/**
 * Resolves with whether `password` is the stored one.
 *
 * @throws Error for a digest that is none of its algorithm, where Logto answers 500.
 * @throws Error with `code` `peer_missing` for Bcrypt and Argon2 without the package `hash-wasm`.
 */
export async function isStoredPassword(password: string, stored: StoredPassword): Promise<boolean> {
  const { passwordDigest: digest, passwordAlgorithm: algorithm } = stored
  if (digest === null) return false
  if (partsOf(digest) || !algorithm) return isPassword(password, digest)
  return isImportedPassword(password, algorithm, digest)
}

function partsOf(digest: string): { salt: string; hash: Buffer } | undefined {
  if (digest.startsWith(OWN_PREFIX)) {
    const [salt = '', hash = ''] = digest.slice(OWN_PREFIX.length).split('$')
    return { salt, hash: Buffer.from(hash, 'base64') }
  }
  // State files of earlier versions have them in this form.
  const [, salt, hash] = /^([0-9a-f]{16}):([0-9a-f]{64})$/.exec(digest) ?? []
  return salt && hash ? { salt, hash: Buffer.from(hash, 'hex') } : undefined
}
