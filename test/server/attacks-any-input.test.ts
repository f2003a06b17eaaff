import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, createParseUserId } from '../../src/server/index.js'
import { forge, signedBy } from '../support/forge.js'
import { AttackScene, answerTo } from './attack-scene.js'

let scene: AttackScene
let client: Client
beforeAll(async () => {
  scene = await AttackScene.open()
  const { issuer } = scene.issuer
  const documents = { issuer, jwks_uri: `${issuer}/jwks`, keys: scene.issuer.jwks.keys }
  // Every unknown kid makes the Client ask for it.
  client = scene.clientWith({ fetch: async () => Response.json(documents) })
})
afterAll(() => scene.close())

const verify = (token: unknown) => answerTo(() => Reflect.apply(client.verifyAccessToken, client, [token]))
const verifyHeaders = async (headers: unknown) => {
  const parseUserId = createParseUserId(client)
  const answer = await answerTo(() => Reflect.apply(client.verifyJWTForAPI, client, [headers]))
  expect(await answerTo(() => Reflect.apply(parseUserId, undefined, [headers]))).toBe(answer)
  return answer
}

describe('tokens of other types', () => {
  it.each(
    [undefined, null, true, 0, Number.NaN, 1n, Symbol('token'), {}, [], () => 'token', new Date()].map(
      (one) => [one],
    ),
  )('%s', async (token) => {
    expect(await verify(token)).toBe('token_missing')
  })

  it('an object that says it is a good token', async () => {
    const good = scene.good()
    expect(await verify({ toString: () => good, length: good.length })).toBe('token_missing')
    expect(await verify(new String(good))).toBe('token_missing')
    expect(await verify([good])).toBe('token_missing')
  })
})

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const throwing = () => {
  throw new RangeError('from the application')
}

describe('headers of other types', () => {
  it.each<[string, () => unknown, string]>([
    ['undefined', () => undefined, 'token_missing'],
    ['null', () => null, 'token_missing'],
    ['a number', () => 1, 'token_missing'],
    ['a symbol', () => Symbol('headers'), 'token_missing'],
    ['a string', () => `Bearer ${scene.good()}`, 'token_missing'],
    ['an array', () => ['authorization', `Bearer ${scene.good()}`], 'token_missing'],
    ['a function', () => () => `Bearer ${scene.good()}`, 'token_missing'],
    ['a revoked Proxy', revoked, 'token_missing'],
    [
      'a getter that throws',
      () => Object.defineProperty({}, 'authorization', { get: throwing, enumerable: true }),
      'token_missing',
    ],
    ['get that throws', () => ({ get: throwing }), 'token_missing'],
    [
      'a getter named get that throws',
      () => Object.defineProperty({}, 'get', { get: throwing }),
      'token_missing',
    ],
    [
      'get that throws nothing',
      () => ({
        get: () => {
          throw undefined
        },
      }),
      'token_missing',
    ],
    [
      'a Proxy that throws',
      () => new Proxy({}, { ownKeys: throwing, get: throwing, has: throwing }),
      'token_missing',
    ],
    [
      'a promise of headers',
      () => Promise.resolve({ authorization: `Bearer ${scene.good()}` }),
      'token_missing',
    ],
    [
      'a Request',
      () => new Request('http://x', { headers: { authorization: `Bearer ${scene.good()}` } }),
      'token_missing',
    ],
    ['authorization: null', () => ({ authorization: null }), 'token_missing'],
    ['authorization: undefined', () => ({ authorization: undefined }), 'token_missing'],
    ['authorization: false', () => ({ authorization: false }), 'token_type_unsupported'],
    ['authorization: a number', () => ({ authorization: 1 }), 'token_type_unsupported'],
    ['authorization: a symbol', () => ({ authorization: Symbol('x') }), 'token_type_unsupported'],
    [
      'authorization: an object',
      () => ({ authorization: { toString: () => `Bearer ${scene.good()}` } }),
      'token_type_unsupported',
    ],
    [
      'authorization: a String',
      () => ({ authorization: new String(`Bearer ${scene.good()}`) }),
      'token_type_unsupported',
    ],
    ['authorization: an empty array', () => ({ authorization: [] }), 'token_missing'],
    ['authorization: an array of nothing', () => ({ authorization: [null, undefined] }), 'token_missing'],
    ['authorization: an array of numbers', () => ({ authorization: [1, 2] }), 'token_type_unsupported'],
    [
      'authorization: an array in an array',
      () => ({ authorization: [[`Bearer ${scene.good()}`]] }),
      'token_type_unsupported',
    ],
    [
      'authorization: an array with a symbol',
      () => ({ authorization: [`Bearer ${scene.good()}`, Symbol('x')] }),
      'token_type_unsupported',
    ],
    ['authorization: a revoked Proxy', () => ({ authorization: revoked() }), 'token_missing'],
    ['get that returns a number', () => ({ get: () => 1 }), 'token_type_unsupported'],
    [
      'get that returns a promise',
      () => ({ get: async () => `Bearer ${scene.good()}` }),
      'token_type_unsupported',
    ],
    [
      'get that returns a list',
      () => ({ get: () => [`Bearer ${scene.good()}`, 'Bearer x'] }),
      'token_malformed',
    ],
    ['a Map', () => new Map([['authorization', `Bearer ${scene.good()}`]]), 'accepted'],
    [
      'an object without a prototype',
      () => Object.assign(Object.create(null), { authorization: `Bearer ${scene.good()}` }),
      'accepted',
    ],
    [
      'two names that differ in case',
      () => ({ authorization: `Bearer ${scene.good()}`, Authorization: 'Bearer x' }),
      'token_malformed',
    ],
    [
      'two names that differ in case, the good one last',
      () => ({ AUTHORIZATION: 'Bearer x', Authorization: `Bearer ${scene.good()}` }),
      'token_malformed',
    ],
    [
      'two names, one without a value',
      () => ({ authorization: undefined, Authorization: `Bearer ${scene.good()}` }),
      'accepted',
    ],
  ])('%s', async (_, headers, answer) => {
    expect(await verifyHeaders(headers())).toBe(answer)
  })

  it('tells the operator what to pass', async () => {
    const verify = () => Reflect.apply(client.verifyJWTForAPI, client, [undefined])
    await expect(verify()).rejects.toMatchObject({ code: 'token_missing', cause: expect.any(TypeError) })
    await expect(verify()).rejects.toThrow('pass the headers of a request, such as request.headers')
  })
})

// Each run has a new value; a failure prints its seed.
describe('whatever comes is answered by an AuthError', () => {
  const name = fc.oneof(
    fc.constantFrom('alg', 'kid', 'typ', 'crit', 'b64', 'cty', 'jwk', 'jku', 'x5c', 'zip', '__proto__', ''),
    fc.constantFrom(
      'iss',
      'aud',
      'sub',
      'exp',
      'iat',
      'nbf',
      'client_id',
      'azp',
      'scope',
      'organization_id',
      'act',
    ),
    fc.string(),
  )
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.constantFrom('ES384', 'RS256', 'none', 'current', 'rsa', 'at+jwt', 0, -1, 1e308, 4e9),
  )
  const members = fc.array(fc.tuple(name, value), { maxLength: 4 })
  const text = (base: object, changes: [string, unknown][]) =>
    `{${[...Object.entries(base), ...changes].map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one)}`).join()}}`

  it('any members in header and claims, rightly signed', async () => {
    const answers = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(members, members, async (header, claims) => {
        const answer = await verify(scene.signed(text(scene.header(), header), text(scene.claims(), claims)))
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
      }),
      { numRuns: 1_000 },
    )
    // Else the test would say little.
    expect(answers.size).toBeGreaterThan(6)
  })

  it('any JSON for a header or for claims, rightly signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.json(), async (header, claims) => {
        expect(await verify(scene.signed(header, scene.claims()))).not.toBe('accepted')
        expect(await verify(scene.signed(scene.header(), claims))).not.toBe('accepted')
        expect(await verify(forge(header, claims, signedBy(scene.key)))).not.toBe('accepted')
      }),
      { numRuns: 500 },
    )
  })

  it('anything for a token', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), async (token) => {
        expect(await verify(token)).not.toBe('accepted')
      }),
      { numRuns: 1_000 },
    )
  })

  it('anything for headers, and for the value of Authorization', async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withTypedArray: true,
    })
    await fc.assert(
      fc.asyncProperty(
        anything,
        fc.constantFrom('authorization', 'Authorization', 'get'),
        async (any, key) => {
          expect(await verifyHeaders(any)).not.toBe('accepted')
          expect(await verifyHeaders({ [key]: any })).not.toBe('accepted')
          expect(await verifyHeaders({ get: () => any })).not.toBe('accepted')
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
