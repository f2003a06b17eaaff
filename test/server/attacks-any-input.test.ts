import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthError, type Client, createParseUserId } from '../../src/server/index.js'
import { forge, signedBy } from '../support/forge.js'
import { AttackScene } from './attack-scene.js'

let scene: AttackScene
let patient: Client
beforeAll(async () => {
  scene = await AttackScene.open()
  patient = scene.clientWith({ maxTokenLength: 20_000_000, maxVerifiedTokens: 0 })
})
afterAll(() => scene.close())

/** What a call was answered: `accepted`, or the code of the AuthError. Anything else that is thrown fails the test. */
async function answerTo(call: () => unknown): Promise<string> {
  try {
    await call()
    return 'accepted'
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    // What the log and the caller get of it can be made, and is not endless.
    expect(JSON.stringify([error, error.headers]).length).toBeLessThan(1_000)
    expect(error.message.length).toBeLessThan(2_000)
    return error.code
  }
}
const verify = (token: unknown, client = patient) =>
  answerTo(() => Reflect.apply(client.verifyAccessToken, client, [token]))
const verifyHeaders = async (headers: unknown) => {
  const parseUserId = createParseUserId(scene.client)
  const answer = await answerTo(() => Reflect.apply(scene.client.verifyJWTForAPI, scene.client, [headers]))
  expect(await answerTo(() => Reflect.apply(parseUserId, undefined, [headers]))).toBe(answer)
  return answer
}

const DEPTH = 200_000
const arrays = (depth = DEPTH) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const objects = (name: string) => `${`{"${name}":`.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`
const headerWith = (member: string) =>
  scene.signed(`${JSON.stringify(scene.header()).slice(0, -1)},${member}}`, scene.claims())
const claimsWith = (member: string) =>
  scene.signed(scene.header(), `${JSON.stringify(scene.claims()).slice(0, -1)},${member}}`)

describe('long tokens, with a raised maxTokenLength', () => {
  it.each<[string, () => string, string]>([
    ['alg of nested arrays', () => headerWith(`"alg":${arrays()}`), 'algorithm_not_allowed'],
    ['alg of nested objects', () => headerWith(`"alg":${objects('alg')}`), 'algorithm_not_allowed'],
    ['alg nested under the empty name', () => headerWith(`"alg":${objects('')}`), 'algorithm_not_allowed'],
    ['alg nested under toJSON', () => headerWith(`"alg":${objects('toJSON')}`), 'algorithm_not_allowed'],
    ['alg with many members', () => headerWith(`"alg":[${'1,'.repeat(DEPTH)}1]`), 'algorithm_not_allowed'],
    ['kid nested', () => headerWith(`"kid":${arrays()}`), 'token_malformed'],
    ['a long kid', () => headerWith(`"kid":"${'k'.repeat(DEPTH)}"`), 'key_unknown'],
    ['typ nested', () => headerWith(`"typ":${arrays()}`), 'type_mismatch'],
    ['crit nested', () => headerWith(`"crit":${arrays()}`), 'header_unsupported'],
    ['another member nested', () => headerWith(`"x":${arrays()}`), 'accepted'],
    ['iss of nested arrays', () => claimsWith(`"iss":${arrays()}`), 'issuer_mismatch'],
    ['iss of nested objects', () => claimsWith(`"iss":${objects('iss')}`), 'issuer_mismatch'],
    ['iss nested under the empty name', () => claimsWith(`"iss":${objects('')}`), 'issuer_mismatch'],
    ['a long iss', () => claimsWith(`"iss":"${'\\n'.repeat(DEPTH)}"`), 'issuer_mismatch'],
    ['aud nested', () => claimsWith(`"aud":${arrays()}`), 'audience_mismatch'],
    ['aud with many members', () => claimsWith(`"aud":["x"${',"x"'.repeat(DEPTH)}]`), 'audience_mismatch'],
    ['exp nested', () => claimsWith(`"exp":${arrays()}`), 'claim_invalid'],
    ['nbf nested', () => claimsWith(`"nbf":${arrays()}`), 'claim_invalid'],
    ['iat nested', () => claimsWith(`"iat":${arrays()}`), 'claim_invalid'],
    ['sub nested', () => claimsWith(`"sub":${arrays()}`), 'claim_invalid'],
    ['client_id nested', () => claimsWith(`"client_id":${objects('a')}`), 'claim_invalid'],
    ['a claim of nested arrays, shared and frozen', () => claimsWith(`"x":${arrays()}`), 'accepted'],
    ['a claim of nested objects', () => claimsWith(`"x":${objects('x')}`), 'accepted'],
    ['a claim with many members', () => claimsWith(`"x":[${'1,'.repeat(DEPTH)}1]`), 'accepted'],
    ['a header of arrays', () => scene.signed(arrays(), scene.claims()), 'token_malformed'],
    ['claims of arrays', () => scene.signed(scene.header(), arrays()), 'token_malformed'],
    ['millions of dots', () => '.'.repeat(5_000_000), 'token_malformed'],
    ['millions of letters', () => 'a'.repeat(5_000_000), 'token_malformed'],
    [
      'millions of letters in three segments',
      () => `${scene.good().split('.')[0]}.${'a'.repeat(8_000_000)}.e30`,
      'token_malformed',
    ],
    [
      'a signature of megabytes',
      () => scene.withSignature(() => Buffer.alloc(5_000_000)),
      'signature_invalid',
    ],
  ])('%s', async (_, token, answer) => {
    expect(await verify(token())).toBe(answer)
  })
})

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
    const verify = () => Reflect.apply(scene.client.verifyJWTForAPI, scene.client, [undefined])
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
        const answer = await verify(
          scene.signed(text(scene.header(), header), text(scene.claims(), claims)),
          scene.client,
        )
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
      }),
      { numRuns: 2_000 },
    )
    // Else the test would say little.
    expect(answers.size).toBeGreaterThan(6)
  })

  it('any JSON for a header or for claims, rightly signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.json(), async (header, claims) => {
        expect(await verify(scene.signed(header, scene.claims()), scene.client)).not.toBe('accepted')
        expect(await verify(scene.signed(scene.header(), claims), scene.client)).not.toBe('accepted')
        expect(await verify(forge(header, claims, signedBy(scene.key)), scene.client)).not.toBe('accepted')
      }),
      { numRuns: 500 },
    )
  })

  it('anything for a token', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), async (token) => {
        expect(await verify(token, scene.client)).not.toBe('accepted')
      }),
      { numRuns: 2_000 },
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
