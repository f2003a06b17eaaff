import {
  constants,
  createHash,
  createPrivateKey,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
} from 'node:crypto'

/** RSA without any padding of its own: what is signed is the padded hash, which a test may spoil. */
export class RawRsa {
  readonly #key: KeyObject
  readonly modulus: bigint
  readonly length: number

  constructor(jwk: object) {
    this.#key = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
    const n = Buffer.from(String(Reflect.get(jwk, 'n')), 'base64url')
    this.modulus = BigInt(`0x${n.toString('hex')}`)
    this.length = n.length
  }

  /** Returns what a signature was made of. */
  open(signature: Buffer): Buffer {
    return publicDecrypt({ key: this.#key, padding: constants.RSA_NO_PADDING }, signature)
  }

  sign(encoded: Uint8Array): Buffer {
    return privateEncrypt({ key: this.#key, padding: constants.RSA_NO_PADDING }, encoded)
  }

  /** An integer as a signature. */
  bytesOf(integer: bigint): Buffer {
    const hex = integer.toString(16)
    return Buffer.from(hex.padStart(Math.max(2 * this.length, hex.length + (hex.length % 2)), '0'), 'hex')
  }
}

export const hashOf = (bits: number, input: string | Uint8Array): Buffer =>
  createHash(`sha${bits}`).update(input).digest()

/** Returns bytes with some of one byte's bits turned over. */
export function flipped(bytes: Buffer, at: number, bits = 1): Buffer {
  const copy = Buffer.from(bytes)
  const index = (at + copy.length) % copy.length
  copy[index] = (copy[index] ?? 0) ^ bits
  return copy
}

/**
 * Returns the spoilt padding of a vector around another hash. Where the vector's own was cut at an end, the other is cut
 * alike; where it has none, the padding stays as it is.
 *
 * @param isEndChanged - whether a byte at an end of the hash was changed instead: then the other's is, in the same bits.
 */
export function samePaddingAround(
  encoded: Buffer,
  vectorsHash: Buffer,
  hash: Buffer,
  isEndChanged: boolean,
): Buffer {
  const last = hash.length - 1
  for (const [from, to, missing] of [
    [0, hash.length, undefined],
    [1, hash.length, 0],
    [0, last, last],
  ] as const) {
    const at = encoded.indexOf(vectorsHash.subarray(from, to))
    if (at < 0) continue
    const result = Buffer.from(encoded)
    hash.copy(result, at, from, to)
    if (isEndChanged && missing !== undefined) {
      const position = at - from + missing
      result[position] = (encoded[position] ?? 0) ^ (vectorsHash[missing] ?? 0) ^ (hash[missing] ?? 0)
    }
    return result
  }
  return encoded
}

/** What EMSA-PSS makes of a hash (RFC 8017, section 9.1.1), each part to be spoilt. */
export interface PssParts {
  bits: number
  hash: Uint8Array
  /** Eight zeros. */
  zeros: Uint8Array
  salt: Uint8Array
  /** Padding, 01 and salt, before they are masked. */
  dataBlock: Buffer
  /** bc. */
  trailer: number
  change?: (hash: Buffer) => Buffer
}

export function pssEncode({ bits, hash, zeros, salt, dataBlock, trailer, change }: PssParts): Buffer {
  const own = hashOf(bits, Buffer.concat([zeros, hash, salt]))
  const shown = change ? change(own) : own
  const masked = xor(dataBlock, mask(shown, dataBlock.length, bits))
  // The modulus has a whole number of bytes, so one bit is left over.
  masked[0] = (masked[0] ?? 0) & 0x7f
  return Buffer.concat([masked, shown, Buffer.from([trailer])])
}

/** Returns the data block of a signature that was opened. */
export function dataBlockOf(encoded: Buffer, bits: number): Buffer {
  const length = encoded.length - bits / 8 - 1
  const dataBlock = xor(encoded.subarray(0, length), mask(encoded.subarray(length, -1), length, bits))
  dataBlock[0] = (dataBlock[0] ?? 0) & 0x7f
  return dataBlock
}

/** Returns what follows the zeros and the 01 of a data block. */
export function saltOf(dataBlock: Buffer): Buffer {
  return dataBlock.subarray(dataBlock.indexOf(1) + 1)
}

function mask(seed: Uint8Array, length: number, bits: number): Buffer {
  const blocks: Buffer[] = []
  for (let count = 0; count * (bits / 8) < length; count++) {
    blocks.push(hashOf(bits, Buffer.concat([seed, Buffer.from([0, 0, 0, count])])))
  }
  return Buffer.concat(blocks).subarray(0, length)
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)))
}
