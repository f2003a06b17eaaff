import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { AuthError, Client } from '../../src/server/index.js'
import { createSigningKey, RESOURCE, type SigningKey, signToken, userClaims } from '../support/issuer.js'
import { isLongRun } from '../support/long-run.js'

const ISSUER = 'http://127.0.0.1:3001/oidc'
const BATCH = 100
/** Some mutations put in what was there before; they are not counted. */
const SHARE_THAT_CHANGES = 0.8

/** One change of a token; positions are fractions of its length. */
type Mutation =
  | { kind: 'replace'; at: number; by: string }
  | { kind: 'insert'; at: number; by: string }
  | { kind: 'delete'; at: number; length: number }
  | { kind: 'swap'; at: number; with: number }
  | { kind: 'flip'; segment: 0 | 1 | 2; at: number; bit: number }
  | { kind: 'json'; segment: 0 | 1; at: number; by: string }
  | { kind: 'member'; segment: 0 | 1; name: string; value: unknown }
  | { kind: 'duplicate'; segment: 0 | 1; name: string; value: unknown }

const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'ABCXYZabcxyz0189-_') },
  { weight: 1, arbitrary: fc.constantFrom(...'.=+/ \n\0') },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }) },
)
// Changes that keep the token well-formed: these get as far as the key and the signature.
const member = fc.oneof(
  fc.record({
    segment: fc.constant(1),
    name: fc.constantFrom('sub', 'scope', 'client_id', 'azp', 'act', 'jti', 'iss', 'aud', 'organization_id'),
    value: fc.string(),
  }),
  fc.record({
    segment: fc.constant(1),
    name: fc.constantFrom('exp', 'iat', 'nbf'),
    value: fc.integer({ min: 0, max: 2 ** 31 }),
  }),
  fc.record({
    segment: fc.constant(0),
    name: fc.constantFrom('alg', 'typ', 'kid', 'jku', 'crit'),
    value: fc.constantFrom('none', 'HS256', 'ES256', 'PS256', 'JWT', 'other', ''),
  }),
  // What messages are made of: values of other types, and nested deeper than any token has them.
  fc.record({
    segment: fc.constantFrom(0, 1),
    name: fc.constantFrom(
      'alg',
      'kid',
      'typ',
      'iss',
      'aud',
      'exp',
      'iat',
      'nbf',
      'sub',
      'client_id',
      'scope',
      'x',
    ),
    value: fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(nestedArrays(500))),
  }),
)
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('replace'), at: position, by: character }),
  fc.record({ kind: fc.constant('insert'), at: position, by: character }),
  fc.record({ kind: fc.constant('delete'), at: position, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('swap'), at: position, with: position }),
  fc.record({
    kind: fc.constant('flip'),
    segment: fc.constantFrom(0, 1, 2, 2, 2),
    at: position,
    bit: fc.integer({ min: 0, max: 7 }),
  }),
  fc.record({
    kind: fc.constant('json'),
    segment: fc.constantFrom(0, 1),
    at: position,
    by: fc.constantFrom(...'0189aA"{}[]:,. '),
  }),
  member.map((change) => ({ kind: 'member' as const, ...change })),
  member.map((change) => ({ kind: 'duplicate' as const, ...change })),
)

function mutated(token: string, change: Mutation): string {
  const at = 'at' in change ? Math.floor(change.at * token.length) : 0
  switch (change.kind) {
    case 'replace':
      return token.slice(0, at) + change.by + token.slice(at + 1)
    case 'insert':
      return token.slice(0, at) + change.by + token.slice(at)
    case 'delete':
      return token.slice(0, at) + token.slice(at + change.length)
    case 'swap': {
      const characters = [...token]
      const other = Math.floor(change.with * token.length)
      const [one = '', two = ''] = [characters[at], characters[other]]
      characters[at] = two
      characters[other] = one
      return characters.join('')
    }
    case 'flip':
      return withSegment(token, change.segment, (bytes) => {
        const index = Math.floor(change.at * bytes.length)
        bytes[index] = (bytes[index] ?? 0) ^ (1 << change.bit)
        return bytes
      })
    case 'json':
      return withSegment(token, change.segment, (bytes) => {
        bytes[Math.floor(change.at * bytes.length)] = change.by.charCodeAt(0)
        return bytes
      })
    case 'member':
      return withSegment(token, change.segment, (bytes) => {
        const members: object = JSON.parse(bytes.toString())
        return Buffer.from(JSON.stringify({ ...members, [change.name]: change.value }))
      })
    case 'duplicate':
      // Beside the good member of the same name, which comes first or last.
      return withSegment(token, change.segment, (bytes) => {
        const member = `${JSON.stringify(change.name)}:${JSON.stringify(change.value)}`
        const members = bytes.toString().slice(1, -1)
        return Buffer.from(
          `{${change.name.length % 2 === 0 ? `${member},${members}` : `${members},${member}`}}`,
        )
      })
  }
}

function nestedArrays(depth: number): unknown {
  return JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
}

function withSegment(token: string, index: number, change: (bytes: Buffer) => Buffer): string {
  return token
    .split('.')
    .map((segment, at) =>
      at === index ? change(Buffer.from(segment, 'base64url')).toString('base64url') : segment,
    )
    .join('.')
}

// RSA and Ed25519 verify many times faster than Logto's default, ES384, which therefore gets fewer of the runs. The
// code before and after the signature is the same.
describe.each([
  ['RS256', isLongRun ? 60_000 : 12_000],
  ['EdDSA', isLongRun ? 30_000 : 6_000],
  ['ES384', isLongRun ? 10_000 : 2_000],
])('%s: no mutation of a good token is accepted', (alg, runs) => {
  let key: SigningKey
  let token: string
  let client: Client
  beforeAll(async () => {
    key = await createSigningKey(alg)
    token = await signToken(key, userClaims(ISSUER))
    const documents = { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks`, keys: [key.publicJwk] }
    client = new Client({
      logtoEndpoint: 'http://127.0.0.1:3001',
      resource: RESOURCE,
      // A mutated kid makes the client look for it, without waiting here.
      keys: { cooldownMs: 0 },
      fetch: async () => Response.json(documents),
    })
  })

  it(`in ${runs} runs`, async () => {
    await client.verifyAccessToken(token)
    const answers = new Map<string, number>()
    const property = fc.asyncProperty(
      fc.array(mutation, { minLength: BATCH, maxLength: BATCH }),
      async (changes) => {
        const tokens = changes.map((change) => mutated(token, change))
        const settled = await Promise.allSettled(tokens.map((one) => client.verifyAccessToken(one)))
        settled.forEach((result, index) => {
          if (tokens[index] === token) return
          if (result.status === 'fulfilled') throw new Error(`Accepted: ${tokens[index]}`)
          if (!(result.reason instanceof AuthError)) throw result.reason
          answers.set(result.reason.code, (answers.get(result.reason.code) ?? 0) + 1)
        })
      },
    )
    await fc.assert(property, { numRuns: Math.ceil(runs / BATCH / SHARE_THAT_CHANGES) })
    // Many of them get as far as the signature; else the test would say little.
    expect(answers.get('signature_invalid')).toBeGreaterThan(runs / 5)
    expect([...answers.values()].reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(runs)
  }, 60_000)
})
