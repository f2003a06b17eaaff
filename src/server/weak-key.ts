import { base64url, type JWK } from 'jose'

/** RFC 7518, section 3.3: RSA keys of 2048 bits or larger. */
const MIN_RSA_BITS = 2048
/** OPENSSL_RSA_MAX_MODULUS_BITS: a larger one costs seconds of CPU. */
const MAX_RSA_BITS = 16_384
/** NIST FIPS 186-5, appendix A.1.1: the exponent is below this. */
const RSA_EXPONENT_LIMIT = 2n ** 256n
/** NIST SP 800-89, section 5.3.3: a modulus has no factor below this. */
const SMALL_FACTOR_LIMIT = 752n

/**
 * Returns why nothing that a public key verifies can be trusted, as the end of "The key is not usable: …"; undefined for
 * a good key. jose and WebCrypto take all of these.
 *
 * @throws Error when a member of the key is missing or not base64url.
 */
export function weaknessOf(jwk: JWK): string | undefined {
  if (jwk.kty === 'RSA') return weaknessOfRsa(bytesOf(jwk.n), bytesOf(jwk.e))
  return jwk.kty === 'OKP' && isOfSmallOrder(bytesOf(jwk.x))
    ? 'its point has a small order, so that anybody can sign for it'
    : undefined
}

function weaknessOfRsa(modulus: Uint8Array, exponent: Uint8Array): string | undefined {
  const [n, e] = [integerOf(modulus), integerOf(exponent)]
  const bits = n.toString(2).length
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
    return `its RSA modulus has ${bits} bits, expected ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`
  }
  // With e = 1 the signature is the padded hash itself. An even e has no inverse, so no honest key has one.
  if (e < 3n || e % 2n === 0n)
    return `its RSA exponent is ${e < 3n ? e : 'even'}, expected an odd one from 3 up`
  if (e >= RSA_EXPONENT_LIMIT) return 'its RSA exponent has more than 256 bits'
  if (hasSmallFactor(n))
    return `its RSA modulus has a factor below ${SMALL_FACTOR_LIMIT}, so that it can be split`
  return isRoca(n) ? 'its RSA modulus can be split: it is of a chip with CVE-2017-15361 (ROCA)' : undefined
}

function hasSmallFactor(n: bigint): boolean {
  if (n % 2n === 0n) return true
  for (let factor = 3n; factor < SMALL_FACTOR_LIMIT; factor += 2n) if (n % factor === 0n) return true
  return false
}

// The primes of such keys are powers of 65537 modulo many small primes, and so is their product (Nemec et al., "The
// Return of Coppersmith's Attack", 2017, section 2.3). Of other keys one in 100 million looks like this.
const ROCA_PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

function isRoca(n: bigint): boolean {
  return ROCA_PRIMES.every((prime) => isPowerOf65537(Number(n % BigInt(prime)), prime))
}

function isPowerOf65537(residue: number, prime: number): boolean {
  let power = 1
  do {
    if (power === residue) return true
    power = (power * 65_537) % prime
  } while (power !== 1)
  return false
}

// Ed25519: y of the points whose order divides 8, little endian, each spelling that is below 2^255. With such a key one
// signature is right for a half, a quarter or an eighth of all messages, or for all of them.
const SMALL_ORDER_POINTS = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

function isOfSmallOrder(point: Uint8Array): boolean {
  // The last bit is the sign of x.
  const y = point.map((byte, index) => (index === 31 ? byte & 0x7f : byte))
  return SMALL_ORDER_POINTS.includes(hexOf(y))
}

function bytesOf(member: unknown): Uint8Array {
  if (typeof member !== 'string') throw new TypeError('A member of the key is missing')
  return base64url.decode(member)
}

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x0${hexOf(bytes)}`)
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
