import { type CryptoKey, importJWK, type JWK } from 'jose'
import { isObject } from '../logto/is-object.js'
import { weaknessOf } from './weak-key.js'

/** Signature algorithms that a token may use: asymmetric ones only, whose key set can be public. */
export type SignatureAlgorithm = keyof typeof KEY_TYPES

// Key type and curve of each algorithm (RFC 7518, section 3.1; RFC 8037, section 3.1).
const KEY_TYPES = {
  ES256: ['EC', 'P-256'],
  ES384: ['EC', 'P-384'],
  ES512: ['EC', 'P-521'],
  RS256: ['RSA'],
  RS384: ['RSA'],
  RS512: ['RSA'],
  PS256: ['RSA'],
  PS384: ['RSA'],
  PS512: ['RSA'],
  EdDSA: ['OKP', 'Ed25519'],
} as const satisfies Record<string, readonly [kty: string, crv?: string]>

/** Every algorithm above. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] =
  Object.keys(KEY_TYPES).filter(isSignatureAlgorithm)

/** Whether a value of `alg` is one of them. */
export function isSignatureAlgorithm(alg: string): alg is SignatureAlgorithm {
  return Object.hasOwn(KEY_TYPES, alg)
}

/** A key that can verify, or why it cannot, as the end of "The key is not usable: …". */
export type ImportedKey = { cryptoKey: CryptoKey; flaw?: undefined } | { cryptoKey?: undefined; flaw: string }

/** Members of a JWK that only its owner should know (RFC 7518, sections 6.2.2, 6.3.2 and 6.4). */
const PRIVATE_MEMBERS = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']

/** One public key of an issuer's key set. */
export class VerificationKey {
  readonly kid: string
  /** The key's own members, by which the same key is recognised in the next key set. */
  readonly identity: string
  /** Whether the key has left the issuer's key set: tokens that it verified are no longer valid. */
  retired = false
  readonly #jwk: JWK
  readonly #imports = new Map<SignatureAlgorithm, Promise<ImportedKey>>()

  constructor(jwk: JWK & { kid: string }) {
    const { kid, kty, alg, crv, x, y, n, e } = jwk
    this.kid = kid
    this.identity = JSON.stringify([kid, kty, alg, crv, x, y, n, e])
    this.#jwk = jwk
  }

  /** Whether the key is for `alg`. A key without `alg`, as Logto publishes RSA keys, is for all of its type. */
  isFor(alg: SignatureAlgorithm): boolean {
    const [kty, crv] = KEY_TYPES[alg]
    const { alg: own } = this.#jwk
    return this.#jwk.kty === kty && this.#jwk.crv === crv && (own === undefined || own === alg)
  }

  /** Imports the key once for `alg`. */
  import(alg: SignatureAlgorithm): Promise<ImportedKey> {
    const known = this.#imports.get(alg)
    if (known) return known
    const importing = importUsable(this.#jwk, alg)
    this.#imports.set(alg, importing)
    return importing
  }
}

/**
 * Returns the keys of a JWK set that may verify signatures. Left out, so that one bad key does not spoil the others:
 * private and symmetric keys, keys for encryption, keys without a `kid` and of unknown types.
 */
export function readKeySet(body: unknown): VerificationKey[] {
  const keys = isObject(body) && Array.isArray(body.keys) ? body.keys : []
  return keys.filter(isPublicSignatureKey).map((jwk) => new VerificationKey(jwk))
}

function isPublicSignatureKey(jwk: unknown): jwk is JWK & { kid: string } {
  return (
    isObject(jwk) &&
    typeof jwk.kid === 'string' &&
    typeof jwk.kty === 'string' &&
    // A private key that is published is known to everybody: nothing that it signed can be trusted.
    !PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member)) &&
    (jwk.use === undefined || jwk.use === 'sig') &&
    (jwk.key_ops === undefined || (Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify')))
  )
}

async function importUsable(jwk: JWK, alg: SignatureAlgorithm): Promise<ImportedKey> {
  try {
    const flaw = weaknessOf(jwk)
    if (flaw !== undefined) return { flaw }
    const key = await importJWK(jwk, alg)
    if (!(key instanceof Uint8Array) && key.type === 'public') return { cryptoKey: key }
  } catch {
    // Said below: what WebCrypto says differs between runtimes.
  }
  return { flaw: 'it is incomplete, or its point is not on its curve' }
}
