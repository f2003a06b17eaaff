import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { AuthError, Client } from '../../src/server/index.js'
import { base64url, forge, hmacWith, literally, type Signer, signedBy } from '../support/forge.js'
import { createSigningKey, RESOURCE, userClaims } from '../support/issuer.js'
import { anyJson, jsonOf } from './nested-json.js'
import { fuzzerOf, must, type Target } from './target.js'

const ENDPOINT = 'http://127.0.0.1:3001'
const ISSUER = `${ENDPOINT}/oidc`
const TOLERANCE_SECONDS = 5

const now = () => Math.floor(Date.now() / 1_000)
const time = fc.integer({ min: -100, max: 100 }).map((seconds) => `@now:${seconds}@`)
const claim = fc.oneof(
  fc.tuple(fc.constantFrom('exp', 'iat', 'nbf'), fc.oneof(time, anyJson, fc.double())),
  fc.tuple(
    fc.constant('iss'),
    fc.oneof(fc.constantFrom(ISSUER, `${ISSUER}/`, `${ISSUER}\0`, ENDPOINT, [ISSUER]), anyJson),
  ),
  fc.tuple(
    fc.constant('aud'),
    fc.oneof(fc.constantFrom(RESOURCE, [RESOURCE], [RESOURCE, 'x'], `${RESOURCE}/`, {}), anyJson),
  ),
  fc.tuple(
    fc.constantFrom('sub', 'client_id', 'azp'),
    fc.oneof(fc.constantFrom('', 'm2m', 'fqxs9dd65si6'), anyJson),
  ),
  fc.tuple(fc.constantFrom('scope', 'jti', 'organization_id', 'act', 'cnf', '__proto__', 'x'), anyJson),
)
const headerMember = fc.oneof(
  fc.tuple(
    fc.constant('alg'),
    fc.oneof(fc.constantFrom('none', 'HS256', 'RS256', 'ES384', 'EdDSA', 'Ed25519', ''), anyJson),
  ),
  fc.tuple(
    fc.constant('typ'),
    fc.oneof(fc.constantFrom('JWT', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'logout+jwt'), anyJson),
  ),
  fc.tuple(fc.constantFrom('kid', 'jku', 'x5u', 'jwk', 'crit', 'b64', 'cty', 'zip', '__proto__'), anyJson),
)
const members = (member: fc.Arbitrary<[string, unknown]>) => fc.array(member, { maxLength: 3 })
/** A change of a finished token; the position is a fraction of its length. */
interface Edit {
  at: number
  remove: number
  insert: string
}

const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

const input = fc.record({
  /** Who signs: the issuer, somebody with another key, or nobody. */
  signer: fc.constantFrom('issuer', 'issuer', 'issuer', 'attacker', 'hmac', 'none', 'random'),
  header: members(headerMember),
  claims: members(claim),
  /** Changes of the finished token. */
  edits: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Edit[]>([]) },
    {
      weight: 2,
      arbitrary: fc.array(
        fc.record({
          at: position,
          remove: fc.nat(4),
          insert: fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('.', '=', '..', ' ', '\n', 'AA')),
        }),
        { maxLength: 3 },
      ),
    },
  ),
  isLong: fc.boolean(),
  /** How it comes: by itself, in headers, or headers that are anything. */
  way: fc.oneof(
    { weight: 6, arbitrary: fc.constant('token' as const) },
    { weight: 2, arbitrary: fc.constant('headers' as const) },
    {
      weight: 1,
      arbitrary: fc
        .anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true })
        .map((headers) => ({ headers })),
    },
    { weight: 1, arbitrary: fc.anything().map((authorization) => ({ headers: { authorization } })) },
    { weight: 1, arbitrary: fc.anything().map((token) => ({ token })) },
  ),
})

/** The verifier of access tokens. */
export const tokens: Target = {
  name: 'tokens',
  holds:
    'Nothing but an AuthError is thrown, and no claim is accepted that the issuer did not sign for a person and this API.',
  reaches: [
    'accepted',
    'token_malformed',
    'signature_invalid',
    'issuer_mismatch',
    'audience_mismatch',
    'claim_invalid',
    'token_missing',
  ],
  async open() {
    const key = await createSigningKey('EdDSA', 'current')
    const attackers = await createSigningKey('EdDSA', 'current')
    const documents = { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks`, keys: [key.publicJwk] }
    const clientWith = (maxTokenLength: number) =>
      new Client({
        logtoEndpoint: ENDPOINT,
        resource: RESOURCE,
        maxTokenLength,
        // A kid that is not known is looked for, without waiting here.
        keys: { cooldownMs: 0 },
        fetch: async () => Response.json(documents),
      })
    const [usual, long] = [clientWith(8_192), clientWith(10_000_000)]
    const signers: Record<string, Signer> = {
      issuer: signedBy(key),
      attacker: signedBy(attackers),
      hmac: hmacWith(JSON.stringify(key.publicJwk)),
      none: literally(''),
      random: literally(base64url('x'.repeat(64))),
    }
    return fuzzerOf(input, async ({ signer, header, claims, edits, isLong, way }) => {
      const payload = textOf({ ...userClaims(ISSUER), ...Object.fromEntries(claims) })
      const head = textOf({ alg: 'EdDSA', typ: 'at+jwt', kid: 'current', ...Object.fromEntries(header) })
      const issued = forge(head, payload, signers[signer] ?? literally(''))
      const token = edits.reduce(edited, issued)
      const client = isLong ? long : usual
      try {
        const accepted = await verify(client, token, way)
        must(way === 'token' || way === 'headers', 'Something that is no token was accepted')
        must(signer === 'issuer' && token === issued, `Accepted, and never issued: ${token}`)
        checkSame(accepted, JSON.parse(payload))
        checkClaims(JSON.parse(payload))
        return 'accepted'
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        const answer = JSON.stringify([error.headers, error])
        must(
          !answer.includes(RESOURCE) && !answer.includes(ISSUER),
          `The answer tells what is expected: ${answer}`,
        )
        must(
          !(error.message + answer).includes(token.slice(-60)) || token.length < 60,
          'The error holds the token',
        )
        return error.code
      }
    })
  },
}

/** The claims are those that were signed. What is nested too deeply for a comparison is left out. */
function checkSame(accepted: object, signed: object): void {
  const [found, expected] = [accepted, signed].map(
    (claims) => new Map<string, unknown>(Object.entries(claims)),
  )
  must(
    isDeepStrictEqual([...(found?.keys() ?? [])], [...(expected?.keys() ?? [])]),
    'Other claims than those that were signed',
  )
  for (const [name, value] of expected ?? []) {
    if (Array.isArray(value) && value.length === 1 && Array.isArray(value[0])) continue
    must(isDeepStrictEqual(found?.get(name), value), `The claim ${name} is another than was signed`)
  }
}

/** What a token must say so that a person is let in. Written again, so that it does not depend on what it checks. */
function checkClaims(claims: Record<string, unknown>): void {
  const { iss, aud, sub, client_id, exp, iat, nbf } = claims
  must(iss === ISSUER, `Accepted, with the issuer ${JSON.stringify(iss)}`)
  must([aud].flat().includes(RESOURCE), `Accepted, for ${JSON.stringify(aud)}`)
  must(
    typeof sub === 'string' && sub !== '' && sub !== client_id,
    `Accepted, with sub ${JSON.stringify(sub)}`,
  )
  must(typeof exp === 'number' && exp > now() - 2, `Accepted, with exp ${exp}`)
  must(typeof iat === 'number' && iat <= now() + TOLERANCE_SECONDS + 1, `Accepted, with iat ${iat}`)
  must(
    nbf === undefined || (typeof nbf === 'number' && nbf <= now() + TOLERANCE_SECONDS + 1),
    `Accepted, with nbf ${nbf}`,
  )
}

type Way = (typeof input extends fc.Arbitrary<infer Input> ? Input : never)['way']

/** Calls it as JavaScript may: with anything. */
function verify(client: Client, token: string, way: Way): Promise<object> {
  if (way === 'token') return client.verifyAccessToken(token)
  if (way === 'headers') return client.verifyJWTForAPI({ authorization: `Bearer ${token}` })
  return 'token' in way
    ? Reflect.apply(client.verifyAccessToken, client, [way.token])
    : Reflect.apply(client.verifyJWTForAPI, client, [way.headers])
}

function textOf(value: object): string {
  return jsonOf(value).replace(/"@now:(-?\d+)@"/g, (_, seconds) => String(now() + Number(seconds)))
}

function edited(token: string, { at, remove, insert }: Edit): string {
  const index = Math.floor(at * token.length)
  return token.slice(0, index) + insert + token.slice(index + remove)
}
