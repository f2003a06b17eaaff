import { createHash } from 'node:crypto'
import { optionalPeer } from '../../logto/optional-peer.js'
import { legacyDigest, parseLegacyDigest } from './legacy-passwords.js'
import type { PasswordAlgorithm } from './password-algorithms.js'

/** Node's names of the hashes that are imported in lower-case hex; upper case is never right. */
const PLAIN_HASHES = { SHA1: 'sha1', SHA256: 'sha256', MD5: 'md5' } as const

/**
 * Resolves with whether `digest`, which another system made, is that of `password`.
 *
 * @throws Error for a digest that is none of its algorithm.
 * @throws Error with `code` `peer_missing` for Bcrypt and Argon2 without the package `hash-wasm`.
 */
export async function isImportedPassword(
  password: string,
  algorithm: PasswordAlgorithm,
  digest: string,
): Promise<boolean> {
  switch (algorithm) {
    case 'SHA1':
    case 'SHA256':
    case 'MD5':
      return createHash(PLAIN_HASHES[algorithm]).update(password).digest('hex') === digest
    case 'Legacy': {
      const legacy = parseLegacyDigest(digest)
      return legacyDigest(legacy, password) === legacy.expected
    }
    case 'Bcrypt':
      return (await hashes()).bcryptVerify({ password, hash: digest })
    // The digest says itself which of the three it is (recordings/released/sign-in-argon2id-digest-as-argon2i.json).
    case 'Argon2i':
    case 'Argon2id':
    case 'Argon2d':
      return (await hashes()).argon2Verify({ password, hash: digest })
  }
}

// Node has neither Bcrypt nor, before version 24, Argon2. Few tests need them, so that the package is loaded at the first.
const hashes = () =>
  optionalPeer('hash-wasm', () => import('hash-wasm'), 'A password digest of Bcrypt or Argon2')
