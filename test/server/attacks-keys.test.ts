import { createPublicKey, KeyObject } from 'node:crypto'
import { exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthErrorCode } from '../../src/server/index.js'
import { base64url, forge, hmacWith, literally, signedBy } from '../support/forge.js'
import { createSigningKey, type SigningKey } from '../support/issuer.js'
import { type Attack, AttackScene, answerOf, changed } from './attack-scene.js'

let scene: AttackScene
beforeAll(async () => {
  scene = await AttackScene.open()
})
afterAll(() => scene.close())

const publicKey = () => createPublicKey(KeyObject.from(scene.key.privateKey))
const pem = () => publicKey().export({ type: 'spki', format: 'pem' })
const byAttacker = (members: object) =>
  forge(scene.header(members), scene.claims(), signedBy(scene.attackersKey))
const attackersJwk = () => scene.attackersKey.publicJwk
const attackersUrl = () => `${scene.attacker.endpoint}/oidc/jwks`
const unsigned = (alg: string, signature = '') =>
  forge(scene.header({ alg }), scene.claims(), literally(signature))
const byHmac = (secret: string | Buffer, alg = 'HS256') =>
  forge(scene.header({ alg }), scene.claims(), hmacWith(secret, Number(alg.slice(2))))

const algorithms: Attack[] = [
  ['alg none', () => unsigned('none'), 'algorithm_not_allowed'],
  ['alg None', () => unsigned('None'), 'algorithm_not_allowed'],
  ['alg NONE', () => unsigned('NONE'), 'algorithm_not_allowed'],
  ['alg nOnE', () => unsigned('nOnE'), 'algorithm_not_allowed'],
  ['alg none with a signature', () => unsigned('none', base64url('signature')), 'algorithm_not_allowed'],
  ['alg none, rightly signed', () => scene.withHeader({ alg: 'none' }), 'algorithm_not_allowed'],
  ['alg empty', () => unsigned(''), 'algorithm_not_allowed'],
  ['alg missing', () => scene.withHeader({ alg: undefined }), 'algorithm_not_allowed'],
  ['alg a number', () => scene.withHeader({ alg: 384 }), 'algorithm_not_allowed'],
  ['alg an array', () => scene.withHeader({ alg: ['ES384'] }), 'algorithm_not_allowed'],
  ['alg in lower case', () => scene.withHeader({ alg: 'es384' }), 'algorithm_not_allowed'],
  ['alg of an object prototype', () => scene.withHeader({ alg: 'constructor' }), 'algorithm_not_allowed'],
  ['HS256 with the public key as PEM', () => byHmac(pem()), 'algorithm_not_allowed'],
  [
    'HS256 with the public key as JWK',
    () => byHmac(JSON.stringify(scene.key.publicJwk)),
    'algorithm_not_allowed',
  ],
  ['HS384 with the public key as PEM', () => byHmac(pem(), 'HS384'), 'algorithm_not_allowed'],
  ['HS512 with an empty secret', () => byHmac('', 'HS512'), 'algorithm_not_allowed'],
  ['ES256 with an ES384 key', () => scene.withHeader({ alg: 'ES256' }), 'algorithm_not_allowed'],
  ['RS256 with an ES384 key', () => scene.withHeader({ alg: 'RS256' }), 'algorithm_not_allowed'],
  ['ES384 with an RSA key', () => scene.withHeader({ kid: 'rsa' }), 'algorithm_not_allowed'],
  ['an algorithm of encryption', () => scene.withHeader({ alg: 'RSA-OAEP' }), 'algorithm_not_allowed'],
]

const keysInTheHeader: Attack[] = [
  ['an embedded jwk', () => byAttacker({ jwk: attackersJwk() }), 'signature_invalid'],
  [
    'an embedded jwk of an unknown kid',
    () => byAttacker({ kid: 'attackers', jwk: attackersJwk() }),
    'key_unknown',
  ],
  ['an embedded jwk without a kid', () => byAttacker({ kid: undefined, jwk: attackersJwk() }), 'key_unknown'],
  ['jku', () => byAttacker({ jku: attackersUrl() }), 'signature_invalid'],
  ['jku of an unknown kid', () => byAttacker({ kid: 'attackers', jku: attackersUrl() }), 'key_unknown'],
  ['x5u', () => byAttacker({ x5u: attackersUrl() }), 'signature_invalid'],
  ['x5c', () => byAttacker({ x5c: [base64url('certificate')] }), 'signature_invalid'],
  ['kid missing', () => scene.withHeader({ kid: undefined }), 'key_unknown'],
  ['kid null', () => scene.withHeader({ kid: null }), 'token_malformed'],
  ['kid a number', () => scene.withHeader({ kid: 1 }), 'token_malformed'],
  ['kid an array', () => scene.withHeader({ kid: ['current'] }), 'token_malformed'],
  ['kid empty', () => scene.withHeader({ kid: '' }), 'key_unknown'],
  ['kid unknown', () => scene.withHeader({ kid: 'other' }), 'key_unknown'],
  ['kid in upper case', () => scene.withHeader({ kid: 'CURRENT' }), 'key_unknown'],
  ['kid like a path', () => scene.withHeader({ kid: '../../../dev/null' }), 'key_unknown'],
  ['kid like SQL', () => scene.withHeader({ kid: "x' UNION SELECT 'key" }), 'key_unknown'],
  ['kid __proto__', () => scene.withHeader({ kid: '__proto__' }), 'key_unknown'],
  ['kid of a method', () => scene.withHeader({ kid: 'toString' }), 'key_unknown'],
  ['unknown crit', () => scene.withHeader({ crit: ['x'], x: 1 }), 'header_unsupported'],
  ['empty crit', () => scene.withHeader({ crit: [] }), 'header_unsupported'],
  ['crit of a known member', () => scene.withHeader({ crit: ['alg'] }), 'header_unsupported'],
  ['b64 false', () => scene.withHeader({ b64: false, crit: ['b64'] }), 'header_unsupported'],
  ['b64 false without crit', () => scene.withHeader({ b64: false }), 'header_unsupported'],
  ['b64 true', () => scene.withHeader({ b64: true, crit: ['b64'] }), 'header_unsupported'],
  [
    'duplicate alg, the last one none',
    () => scene.signed('{"alg":"ES384","typ":"at+jwt","kid":"current","alg":"none"}', scene.claims()),
    'algorithm_not_allowed',
  ],
  [
    'duplicate alg, the last one right',
    () => scene.signed('{"alg":"none","typ":"at+jwt","kid":"current","alg":"ES384"}', scene.claims()),
    'accepted',
  ],
  [
    'kid in __proto__',
    () => scene.signed('{"alg":"ES384","typ":"at+jwt","__proto__":{"kid":"current"}}', scene.claims()),
    'key_unknown',
  ],
  [
    'alg in __proto__',
    () => scene.signed('{"__proto__":{"alg":"ES384"},"typ":"at+jwt","kid":"current"}', scene.claims()),
    'algorithm_not_allowed',
  ],
]

const signatures: Attack[] = [
  ['no signature', () => scene.withSignature(() => ''), 'signature_invalid'],
  ['all zero', () => scene.withSignature(() => Buffer.alloc(96)), 'signature_invalid'],
  ['one byte of zero', () => scene.withSignature(() => Buffer.alloc(1)), 'signature_invalid'],
  [
    'r zero',
    () => scene.withSignature((s) => Buffer.concat([Buffer.alloc(48), s.subarray(48)])),
    'signature_invalid',
  ],
  [
    's zero',
    () => scene.withSignature((s) => Buffer.concat([s.subarray(0, 48), Buffer.alloc(48)])),
    'signature_invalid',
  ],
  ['all ones', () => scene.withSignature(() => Buffer.alloc(96, 0xff)), 'signature_invalid'],
  [
    'r and s exchanged',
    () => scene.withSignature((s) => Buffer.concat([s.subarray(48), s.subarray(0, 48)])),
    'signature_invalid',
  ],
  ['truncated by a byte', () => scene.withSignature((s) => s.subarray(0, 95)), 'signature_invalid'],
  ['truncated to half', () => scene.withSignature((s) => s.subarray(0, 48)), 'signature_invalid'],
  [
    'padded by a byte',
    () => scene.withSignature((s) => Buffer.concat([s, Buffer.alloc(1)])),
    'signature_invalid',
  ],
  [
    'padded by a byte in front',
    () => scene.withSignature((s) => Buffer.concat([Buffer.alloc(1), s])),
    'signature_invalid',
  ],
  ['in DER', () => forge(scene.header(), scene.claims(), signedBy(scene.key, 'der')), 'signature_invalid'],
  [
    'last character altered',
    () => changed(scene.good(), 2, (s) => s.slice(0, -1) + (s.endsWith('A') ? 'B' : 'A')),
    'signature_invalid',
  ],
  [
    'of another token',
    () => changed(scene.good(), 2, () => scene.good().split('.')[2] ?? ''),
    'signature_invalid',
  ],
  [
    'of another header',
    () => changed(scene.good(), 0, () => base64url(JSON.stringify(scene.header({ x: 1 })))),
    'signature_invalid',
  ],
  [
    'RSA of other claims',
    () =>
      changed(
        forge(scene.header({ alg: 'RS256', kid: 'rsa' }), scene.claims(), signedBy(scene.rsaKey)),
        1,
        () => base64url(JSON.stringify(scene.claims())),
      ),
    'signature_invalid',
  ],
]

describe.each([
  ['algorithms', algorithms],
  ['keys named or carried by the header', keysInTheHeader],
  ['signatures', signatures],
])('%s', (_, attacks) => {
  it.each(attacks)('%s', async (_, token, answer) => {
    expect(await answerOf(scene.client, token())).toBe(answer)
  })
})

it('never fetches what a header points to', () => {
  expect(scene.attacker.requests).toEqual({ discovery: 0, jwks: 0 })
})

describe('key sets', () => {
  const smallRsa = async (): Promise<SigningKey> => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 1_024,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      true,
      ['sign', 'verify'],
    )
    return { alg: 'RS256', kid: 'k', privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid: 'k' } }
  }
  const ec = () => createSigningKey('ES384', 'k')

  /** The key set shows `shown` beside the good keys; the token is signed with `key` and names it. */
  const cases: [string, () => Promise<{ key: SigningKey; shown: unknown[] }>, AuthErrorCode | 'accepted'][] =
    [
      ['a good key', async () => shownAs(await ec(), {}), 'accepted'],
      ['an RSA key below 2048 bits', async () => shownAs(await smallRsa(), {}), 'key_unknown'],
      [
        'a private key',
        async () => shownAs(await ec(), { d: base64url('private'.padEnd(48)) }),
        'key_unknown',
      ],
      ['a key for encryption', async () => shownAs(await ec(), { use: 'enc' }), 'key_unknown'],
      ['a key that may only sign', async () => shownAs(await ec(), { key_ops: ['sign'] }), 'key_unknown'],
      [
        'a key with key_ops of another type',
        async () => shownAs(await ec(), { key_ops: 'verify' }),
        'key_unknown',
      ],
      [
        'a symmetric key',
        async () => ({ key: await ec(), shown: [{ kty: 'oct', kid: 'k', k: base64url('secret') }] }),
        'key_unknown',
      ],
      ['a key of an unknown type', async () => shownAs(await ec(), { kty: 'XX' }), 'algorithm_not_allowed'],
      [
        'a key for another algorithm',
        async () => shownAs(await ec(), { alg: 'ES512' }),
        'algorithm_not_allowed',
      ],
      [
        'a point off the curve',
        async () => shownAs(await ec(), { x: base64url('x'.repeat(48)) }),
        'key_unknown',
      ],
      ['a key without coordinates', async () => shownAs(await ec(), { x: undefined }), 'key_unknown'],
      ['a key without kid', async () => shownAs(await ec(), { kid: undefined }), 'key_unknown'],
      ['a kid that is a number', async () => shownAs(await ec(), { kid: 1 }), 'key_unknown'],
      [
        'two keys with one kid',
        async () => {
          const [key, other] = [await ec(), await ec()]
          return { key, shown: [other.publicJwk, key.publicJwk] }
        },
        'accepted',
      ],
      [
        'two keys with one kid, neither the right one',
        async () => ({ key: await ec(), shown: [(await ec()).publicJwk, (await ec()).publicJwk] }),
        'signature_invalid',
      ],
      [
        'two keys with one kid, of two types',
        async () => {
          const key = await ec()
          return { key, shown: [(await createSigningKey('RS256', 'k')).publicJwk, key.publicJwk] }
        },
        'accepted',
      ],
      [
        'two keys with one kid, one unusable',
        async () => {
          const key = await ec()
          return { key, shown: [{ ...key.publicJwk, x: base64url('x'.repeat(48)) }, key.publicJwk] }
        },
        'accepted',
      ],
      [
        'things that are no keys',
        async () => {
          const key = await ec()
          return { key, shown: [key.publicJwk, null, 'key', 1, []] }
        },
        'accepted',
      ],
    ]

  it.each(cases)('%s', async (_, prepare, answer) => {
    const { key, shown } = await prepare()
    scene.issuer.jwks = { keys: [scene.key.publicJwk, ...shown] }
    const client = scene.clientWith({})
    const token = forge({ alg: key.alg, typ: 'at+jwt', kid: key.kid }, scene.claims(), signedBy(key))
    expect(await answerOf(client, token)).toBe(answer)
    // The other keys of the set are as good as ever.
    expect(await answerOf(client, scene.good())).toBe('accepted')
  })

  it('narrows the algorithms when told so', async () => {
    scene.issuer.publish(scene.key, scene.rsaKey)
    const client = scene.clientWith({ algorithms: ['RS256'] })
    expect(await answerOf(client, scene.good())).toBe('algorithm_not_allowed')
    expect(() => Reflect.apply(scene.clientWith, scene, [{ algorithms: ['HS256'] }])).toThrow(
      'algorithms must be',
    )
  })
})

function shownAs(key: SigningKey, members: object): { key: SigningKey; shown: unknown[] } {
  return { key, shown: [{ ...key.publicJwk, ...members }] }
}
