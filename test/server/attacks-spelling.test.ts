import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { base64url, forge, signedBy } from '../support/forge.js'
import { type Attack, AttackScene, answerOf, changed } from './attack-scene.js'

let scene: AttackScene
beforeAll(async () => {
  scene = await AttackScene.open()
})
afterAll(() => scene.close())

const MAX = 8_192
/**
 * A good token of exactly `length` characters. Base64url of one segment skips every fourth length, so the header takes up
 * the difference.
 */
function ofLength(length: number): string {
  for (const inHeader of ['', 'x', 'xx', 'xxx']) {
    const sized = (size: number) =>
      scene.signed(scene.header({ x: inHeader }), scene.claims({ padding: 'x'.repeat(size) }))
    const fits = Math.floor(((length - sized(0).length) * 3) / 4)
    for (const size of [fits - 1, fits, fits + 1]) {
      const token = sized(size)
      if (token.length === length) return token
    }
  }
  throw new Error(`No token of ${length} characters`)
}
/** JSON of `depth` arrays in one another. */
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const rsaToken = () =>
  forge(scene.header({ alg: 'RS256', kid: 'rsa' }), scene.claims(), signedBy(scene.rsaKey))
/** The same bytes, spelled with another last character: its unused bits are not zero. */
const respelled = (segment: string) =>
  segment.slice(0, -1) + String.fromCharCode(segment.charCodeAt(segment.length - 1) + 1)

const attacks: Attack[] = [
  ['a good token', () => scene.good(), 'accepted'],
  ['nothing', () => '', 'token_missing'],
  ['one dot', () => '.', 'token_malformed'],
  ['two dots', () => '..', 'token_malformed'],
  ['one segment', () => base64url('{"alg":"ES384"}'), 'token_malformed'],
  ['an opaque token', () => '_PmvkGOS8Q_hqohb30KkMsKO9AM-MNFOH9QTEmXHdpr', 'token_malformed'],
  ['two segments', () => scene.good().split('.').slice(0, 2).join('.'), 'token_malformed'],
  ['four segments', () => `${scene.good()}.${base64url('x')}`, 'token_malformed'],
  ['six segments', () => `${scene.good()}.a.b.c`, 'token_malformed'],
  [
    'five segments, as a JWE',
    () => `${base64url('{"alg":"dir","enc":"A256GCM"}')}..YWFh.YWFh.YWFh`,
    'token_malformed',
  ],
  ['an empty header', () => changed(scene.good(), 0, () => ''), 'token_malformed'],
  ['an empty payload', () => changed(scene.good(), 1, () => ''), 'token_malformed'],
  ['a space before', () => ` ${scene.good()}`, 'token_malformed'],
  ['a space after', () => `${scene.good()} `, 'token_malformed'],
  ['a newline after', () => `${scene.good()}\n`, 'token_malformed'],
  ['a tab after the header', () => changed(scene.good(), 0, (header) => `${header}\t`), 'token_malformed'],
  ['a null character after', () => `${scene.good()}\0`, 'token_malformed'],
  ['padding after the header', () => changed(scene.good(), 0, (header) => `${header}=`), 'token_malformed'],
  ['padding after the signature', () => `${scene.good()}==`, 'token_malformed'],
  [
    'base64 instead of base64url',
    () => changed(scene.good(), 2, (s) => `+/${s.slice(2)}`),
    'token_malformed',
  ],
  ['a full-width letter', () => changed(scene.good(), 2, (s) => `\uff21${s.slice(1)}`), 'token_malformed'],
  ['an impossible length', () => changed(scene.good(), 2, (s) => `${s}A`), 'token_malformed'],
  ['an RSA token', rsaToken, 'accepted'],
  ['the same RSA signature, spelled otherwise', () => changed(rsaToken(), 2, respelled), 'token_malformed'],
  ['claims beyond ASCII', () => scene.withClaims({ name: 'Zoë 👋' }), 'accepted'],
  ['a header that is an array', () => scene.signed([scene.header()], scene.claims()), 'token_malformed'],
  ['a header that is null', () => scene.signed('null', scene.claims()), 'token_malformed'],
  ['a header that is no JSON', () => scene.signed('{"alg":"ES384"', scene.claims()), 'token_malformed'],
  [
    'a header in invalid UTF-8',
    () => scene.signed(Buffer.from([0x7b, 0xff, 0x7d]), scene.claims()),
    'token_malformed',
  ],
  ['a payload that is an array', () => scene.signed(scene.header(), [scene.claims()]), 'token_malformed'],
  ['a payload that is null', () => scene.signed(scene.header(), 'null'), 'token_malformed'],
  ['a payload that is a string', () => scene.signed(scene.header(), '"claims"'), 'token_malformed'],
  ['a payload that is a number', () => scene.signed(scene.header(), '1'), 'token_malformed'],
  ['a payload that is no JSON', () => scene.signed(scene.header(), 'claims'), 'token_malformed'],
  ['a payload that is two objects', () => scene.signed(scene.header(), '{}{}'), 'token_malformed'],
  [
    'a payload in invalid UTF-8',
    () =>
      scene.signed(
        scene.header(),
        Buffer.concat([
          Buffer.from(JSON.stringify(scene.claims()).slice(0, -2)),
          Buffer.from([0xc3, 0x28, 0x22, 0x7d]),
        ]),
      ),
    'token_malformed',
  ],
  [
    'a byte order mark before the payload',
    () => scene.signed(scene.header(), `\ufeff${JSON.stringify(scene.claims())}`),
    'token_malformed',
  ],
  ['a header nested 2,000 deep', () => scene.signed(nested(2_000), scene.claims()), 'token_malformed'],
  [
    'an alg nested 1,000 deep',
    () => scene.signed(`{"alg":${nested(1_000)}}`, scene.claims()),
    'algorithm_not_allowed',
  ],
  [
    'an iss nested 2,500 deep',
    () => scene.signed(scene.header(), `{"iss":${nested(2_500)}}`),
    'issuer_mismatch',
  ],
  [
    'a claim nested 2,500 deep',
    () =>
      scene.signed(scene.header(), `${JSON.stringify(scene.claims()).slice(0, -1)},"x":${nested(2_500)}}`),
    'accepted',
  ],
  ['a token of 8,191 characters, one under the cap', () => ofLength(MAX - 1), 'accepted'],
  ['a token of 8,192 characters, at the cap', () => ofLength(MAX), 'accepted'],
  ['a token of 8,193 characters, one over the cap', () => ofLength(MAX + 1), 'token_too_large'],
  ['a token of 1 MB', () => scene.withClaims({ padding: 'x'.repeat(750_000) }), 'token_too_large'],
]

describe('spelling: anything but three segments of strict base64url in UTF-8 JSON is refused before jose sees it', () => {
  it.each(attacks)('%s', async (_, token, answer) => {
    expect(await answerOf(scene.client, token())).toBe(answer)
  })

  it.each([undefined, null, 1, {}, []])('a token that is no string: %j', async (token) => {
    const verify = () => Reflect.apply(scene.client.verifyAccessToken, scene.client, [token])
    await expect(verify()).rejects.toMatchObject({ name: 'AuthError', code: 'token_missing' })
  })

  it('tells the operator why a token is opaque', async () => {
    await expect(
      scene.client.verifyAccessToken('_PmvkGOS8Q_hqohb30KkMsKO9AM-MNFOH9QTEmXHdpr'),
    ).rejects.toThrow('named no API resource')
  })

  it('refuses what is too large before anything reads it', async () => {
    const parse = vi.spyOn(JSON, 'parse')
    const decode = vi.spyOn(globalThis, 'atob')
    const lookUp = vi.spyOn(Map.prototype, 'get')
    const client = scene.clientWith({})
    const token = scene.withClaims({ padding: 'x'.repeat(750_000) })
    for (const spy of [parse, decode, lookUp]) spy.mockClear()
    const error = await client.verifyAccessToken(token).catch((error) => error)
    const calls = [parse, decode, lookUp].map((spy) => spy.mock.calls.length)
    vi.restoreAllMocks()
    expect(error).toMatchObject({ code: 'token_too_large' })
    expect(calls).toEqual([0, 0, 0])
  })

  it('asks the issuer for nothing when a token is refused by its size or spelling', async () => {
    const client = scene.clientWith({})
    const before = { ...scene.issuer.requests }
    for (const token of ['a.b', 'x'.repeat(1_000_000), `${scene.good()}=`]) await answerOf(client, token)
    expect(scene.issuer.requests).toEqual(before)
  })
})
