import { createHash, generateKeyPairSync } from 'node:crypto'
import type { JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthError } from '../../src/server/index.js'
import { weaknessOf } from '../../src/server/weak-key.js'
import { base64url, forge, literally, signedBy } from '../support/forge.js'
import { createSigningKey, type SigningKey } from '../support/issuer.js'
import { AttackScene } from './attack-scene.js'

let scene: AttackScene
let rsa: JWK
let n: bigint
beforeAll(async () => {
  scene = await AttackScene.open()
  rsa = { ...scene.rsaKey.publicJwk, kid: 'weak' }
  n = BigInt(`0x${Buffer.from(rsa.n ?? '', 'base64url').toString('hex')}`)
})
afterAll(() => scene.close())

const encoded = (integer: bigint, bytes = 0): string => {
  const hex = integer.toString(16)
  return Buffer.from(hex.padStart(Math.max(2 * bytes, hex.length + (hex.length % 2)), '0'), 'hex').toString(
    'base64url',
  )
}
const withN = (modulus: bigint): JWK => ({ ...rsa, n: encoded(modulus) })
const without = (member: 'e' | 'n'): JWK => {
  const { [member]: _, ...others } = rsa
  return others
}
const withE = (exponent: bigint): JWK => ({ ...rsa, e: encoded(exponent) })
const ed25519 = (hex: string): JWK => ({
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'weak',
  x: base64url(Buffer.from(hex, 'hex')),
})

/** What a Client whose issuer publishes the key says to a token of that kid. */
async function refusalOf(jwk: JWK, token: string): Promise<AuthError> {
  scene.issuer.jwks = { keys: [scene.key.publicJwk, jwk] }
  const error = await scene
    .clientWith({})
    .verifyAccessToken(token)
    .catch((error) => error)
  if (error instanceof AuthError) return error
  throw new Error('The token was accepted')
}
const tokenOf = (alg: string, signature: Uint8Array) =>
  forge(scene.header({ alg, kid: 'weak' }), scene.claims(), literally(base64url(signature)))

const EVEN = 'its RSA exponent is even, expected an odd one from 3 up'
const SPLIT = 'its RSA modulus has a factor below 752, so that it can be split'

describe('RSA keys', () => {
  const cases: [string, () => JWK, string][] = [
    ['e = 1', () => withE(1n), 'its RSA exponent is 1, expected an odd one from 3 up'],
    ['e = 1 with leading zeros', () => ({ ...rsa, e: encoded(1n, 3) }), 'its RSA exponent is 1, expected'],
    ['e = 0', () => withE(0n), 'its RSA exponent is 0, expected an odd one from 3 up'],
    ['e empty', () => ({ ...rsa, e: '' }), 'its RSA exponent is 0, expected an odd one from 3 up'],
    ['e = 2', () => withE(2n), 'its RSA exponent is 2, expected an odd one from 3 up'],
    ['e = 4', () => withE(4n), EVEN],
    ['e = 65536', () => withE(65_536n), EVEN],
    ['e = n - 1', () => withE(n - 1n), EVEN],
    ['e of 257 bits', () => withE(2n ** 256n + 1n), 'its RSA exponent has more than 256 bits'],
    ['e = n', () => withE(n), 'its RSA exponent has more than 256 bits'],
    ['an even modulus', () => withN(n + 1n), SPLIT],
    ['a modulus that 3 divides', () => withN(3n * n), SPLIT],
    ['a modulus that 751 divides', () => withN(751n * n), SPLIT],
    [
      'a modulus of 2047 bits',
      () => withN(2n ** 2_047n - 1n),
      'its RSA modulus has 2047 bits, expected 2048 to 16384',
    ],
    [
      'a small modulus behind zeros',
      () => ({ ...rsa, n: encoded(2n ** 1_023n + 9n, 256) }),
      'its RSA modulus has 1024 bits',
    ],
    ['a modulus of 16385 bits', () => withN(2n ** 16_384n + 9n), 'its RSA modulus has 16385 bits'],
    ['n = 0', () => withN(0n), 'its RSA modulus has 1 bits'],
    ['n = 1', () => withN(1n), 'its RSA modulus has 1 bits'],
    ['no e', () => without('e'), 'it is incomplete, or its point is not on its curve'],
    ['no n', () => without('n'), 'it is incomplete, or its point is not on its curve'],
  ]

  it.each(cases)('%s: refused, and the operator reads why', async (_, jwk, reason) => {
    const error = await refusalOf(jwk(), tokenOf('RS256', Buffer.alloc(256, 1)))
    expect(error).toMatchObject({ code: 'key_unknown', status: 401 })
    expect(error.message).toContain(`The issuer's key "weak" is not usable: ${reason}`)
    expect(error.message).toContain('rotate the signing key')
    expect(error.message).not.toContain(rsa.n)
  })

  it('e = 1: the hash with its padding, which anybody can write down, is no signature', async () => {
    const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex')
    const token = forge(scene.header({ alg: 'RS256', kid: 'weak' }), scene.claims(), (input) => {
      const digest = Buffer.concat([prefix, createHash('sha256').update(input).digest()])
      return Buffer.concat([
        Buffer.from([0, 1]),
        Buffer.alloc(253 - digest.length, 0xff),
        Buffer.from([0]),
        digest,
      ])
    })
    expect(await refusalOf(withE(1n), token)).toMatchObject({ code: 'key_unknown' })
  })

  it.each([3, 17, 65_537])('e = %d is good', async (publicExponent) => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2_048, publicExponent })
    const jwk: JWK = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'good' }
    const privateKey = await crypto.subtle.importKey(
      'jwk',
      pair.privateKey.export({ format: 'jwk' }),
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      true,
      ['sign'],
    )
    const key: SigningKey = { alg: 'RS256', kid: 'good', privateKey, publicJwk: jwk }
    scene.issuer.publish(key)
    const token = forge(scene.header({ alg: 'RS256', kid: 'good' }), scene.claims(), signedBy(key))
    expect(await scene.clientWith({}).verifyAccessToken(token)).toMatchObject({ sub: 'fqxs9dd65si6' })
  })

  it('that are good are not taken for those of ROCA', async () => {
    for (let count = 0; count < 5; count++) {
      expect(weaknessOf((await createSigningKey('RS256')).publicJwk)).toBeUndefined()
    }
  })

  it.each(['p', 'q', 'dp', 'dq', 'qi', 'd', 'oth', 'k', 'priv'])(
    'that publish %s are known to everybody, and left out',
    async (member) => {
      const jwk = { ...scene.rsaKey.publicJwk, kid: 'weak', [member]: 'AQAB' }
      const token = forge(scene.header({ alg: 'RS256', kid: 'weak' }), scene.claims(), signedBy(scene.rsaKey))
      expect(await refusalOf(jwk, token)).toMatchObject({ code: 'key_unknown' })
    },
  )
})

describe('Ed25519 keys of a small order', () => {
  const zeros = (count: number) => '00'.repeat(count)
  // R is the neutral element and S is 0: right for every message under the first key, for some under the others.
  const signature = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)])

  it.each([
    ['1', `01${zeros(31)}`],
    ['1, with the sign bit', `01${zeros(30)}80`],
    ['2', `ec${'ff'.repeat(30)}7f`],
    ['4', zeros(32)],
    ['4, with the sign bit', `${zeros(31)}80`],
    ['8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['8, the other', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['4, not reduced', `ed${'ff'.repeat(30)}7f`],
    ['1, not reduced', `ee${'ff'.repeat(30)}7f`],
  ])('order %s: refused, because one signature fits many messages', async (_, hex) => {
    const error = await refusalOf(ed25519(hex), tokenOf('EdDSA', signature))
    expect(error).toMatchObject({ code: 'key_unknown' })
    expect(error.message).toContain('its point has a small order')
  })

  it('are not confused with good ones', async () => {
    expect(weaknessOf((await createSigningKey('EdDSA')).publicJwk)).toBeUndefined()
  })
})
