import { base64url, CompactEncrypt, type CryptoKey, compactDecrypt, decodeProtectedHeader } from 'jose'
import { BoundedMap } from '../logto/bounded-map.js'

/** A sealed value that was opened. */
export interface Opened {
  value: unknown
  /** Sealed with a secret that only decrypts by now: it should be sealed again. */
  isOutdated: boolean
}

interface SealingKey {
  kid: string
  key: CryptoKey
}

const ENCRYPTION = 'A256GCM'
/** Opened values to remember: a repeat costs a lookup instead of a decryption. About 3 kB each. */
const MAX_OPENED = 5_000
const utf8 = new TextEncoder()

/**
 * Encrypts values so that only this application can read or make them (JWE, direct A256GCM). Each purpose has a key of
 * its own, derived from the secret by HKDF (RFC 5869): what was sealed for one cookie cannot be passed off as another.
 */
export class Seal {
  readonly #keys: Promise<SealingKey[]>
  readonly #opened = new BoundedMap<Opened>(MAX_OPENED)

  /** @param secrets - the first seals; all of them open. */
  constructor(secrets: readonly string[], purpose: string) {
    this.#keys = Promise.all(secrets.map((secret) => derive(secret, purpose)))
  }

  async seal(value: unknown): Promise<string> {
    const [current] = await this.#keys
    if (!current) throw new TypeError('There is no secret to seal with')
    return new CompactEncrypt(utf8.encode(JSON.stringify(value)))
      .setProtectedHeader({ alg: 'dir', enc: ENCRYPTION, kid: current.kid })
      .encrypt(current.key)
  }

  /** Returns the value; undefined for anything that was not sealed for this purpose with one of the secrets. */
  async open(sealed: string): Promise<Opened | undefined> {
    const known = this.#opened.get(sealed)
    if (known) return known
    const opened = await this.#decrypt(sealed)
    if (opened) this.#opened.set(sealed, opened)
    return opened
  }

  async #decrypt(sealed: string): Promise<Opened | undefined> {
    const keys = await this.#keys
    try {
      const { kid } = decodeProtectedHeader(sealed)
      const index = keys.findIndex((one) => one.kid === kid)
      const found = keys[index]
      if (!found || !sealed.split('.').every(isCanonical)) return undefined
      const { plaintext } = await compactDecrypt(sealed, found.key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: [ENCRYPTION],
      })
      return { value: JSON.parse(new TextDecoder().decode(plaintext)), isOutdated: index > 0 }
    } catch {
      // Forged, truncated, or sealed by another application.
      return undefined
    }
  }
}

/** Whether a sealed value is complete: of one that was cut off, a part of the tag of 128 bits is missing at least. */
export function isWhole(sealed: string): boolean {
  return /^[\w-]+\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/.test(sealed)
}

/**
 * Whether a segment is spelt as its bytes are encoded. Decoders skip the bits of the last character that stand for nothing
 * (RFC 4648, 3.5), so that several texts would be one sealed value.
 */
function isCanonical(segment: string): boolean {
  return base64url.encode(base64url.decode(segment)) === segment
}

async function derive(secret: string, purpose: string): Promise<SealingKey> {
  const material = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveBits'])
  const info = utf8.encode(`interaqt-logto session 1 ${purpose}`)
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  // 256 bits of key, and 64 more as its public name.
  const bits = new Uint8Array(await crypto.subtle.deriveBits(algorithm, material, 320))
  return {
    kid: base64url.encode(bits.subarray(32)),
    key: await crypto.subtle.importKey('raw', bits.subarray(0, 32), 'AES-GCM', false, ['encrypt', 'decrypt']),
  }
}
