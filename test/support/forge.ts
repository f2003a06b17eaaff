import { type BinaryLike, createHmac, KeyObject, sign } from 'node:crypto'
import type { SigningKey } from './issuer.js'

/** Makes a signature over a JWS signing input. */
export type Signer = (input: string) => Uint8Array | string

/**
 * A compact JWS with full control over its bytes: strings and byte arrays go in as they are, objects as JSON. A
 * signature given as a string is taken for base64url already.
 */
export function forge(header: unknown, payload: unknown, signer: Signer): string {
  const input = `${segment(header)}.${segment(payload)}`
  const signature = signer(input)
  return `${input}.${typeof signature === 'string' ? signature : base64url(signature)}`
}

/** Signs as the key's owner would; ECDSA as r and s side by side (RFC 7518, section 3.4). */
export const signedBy =
  (key: SigningKey, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signer =>
  (input) =>
    sign(key.alg === 'EdDSA' ? null : `sha${key.alg.slice(-3)}`, Buffer.from(input), {
      key: KeyObject.from(key.privateKey),
      dsaEncoding,
    })

export const hmacWith =
  (secret: BinaryLike, bits = 256): Signer =>
  (input) =>
    createHmac(`sha${bits}`, secret).update(input).digest()

export const literally =
  (signature: string | Uint8Array): Signer =>
  () =>
    signature

export const base64url = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url')

function segment(value: unknown): string {
  return base64url(typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value))
}
