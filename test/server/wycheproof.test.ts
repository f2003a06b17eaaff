import { compactVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthError } from '../../src/server/index.js'
import { TokenReader } from '../../src/server/token-format.js'
import { readKeySet, SIGNATURE_ALGORITHMS } from '../../src/server/verification-key.js'
import { base64url } from '../support/forge.js'
import { AttackScene, answerOf, changed } from './attack-scene.js'
import {
  answersByVector,
  KEY_ANSWERS,
  numbersOf,
  SIGNATURE_ANSWERS,
  STRICTER,
  STRICTER_AS_THEY_ARE,
} from './wycheproof/answers.js'
import { tokenLike } from './wycheproof/tokens.js'
import { type Vector, vectorsOf } from './wycheproof/vectors.js'

// Vectors of C2SP/wycheproof, from test/fixtures/wycheproof. Their payloads are no claims of ours, so each vector runs
// twice: as it is, through the layers up to the signature, and over good claims, through the whole Client.

let scene: AttackScene
beforeAll(async () => {
  scene = await AttackScene.open()
})
afterAll(() => scene.close())

const signatures = vectorsOf('json_web_signature_test')
const keys = vectorsOf('json_web_key_test')
const es256 = signatures.find(({ group }) => group === 'es256')

/** Asks a Client whose issuer publishes the keys of the vector, beside a good one. */
async function answerWith(shown: readonly object[], token: string): Promise<string> {
  scene.issuer.jwks = { keys: [scene.key.publicJwk, ...shown] }
  return answerOf(scene.clientWith({}), token)
}

/** Spelling, header, key and signature, by the verifier's own parts; the claims are left out. */
async function answerToSignature({ jws, shown }: Vector): Promise<string> {
  try {
    const { alg, kid } = readUpToClaims(jws)
    const named = readKeySet({ keys: shown }).filter((key) => key.kid === kid)
    if (named.length === 0) return 'key_unknown'
    const [key] = named.filter((key) => key.isFor(alg))
    if (!key) return 'algorithm_not_allowed'
    const { cryptoKey } = await key.import(alg)
    if (!cryptoKey) return 'key_unknown'
    return await compactVerify(jws, cryptoKey, { algorithms: [alg] }).then(
      () => 'accepted',
      () => 'signature_invalid',
    )
  } catch (error) {
    if (error instanceof AuthError) return error.code
    throw error
  }
}

function readUpToClaims(jws: string) {
  const reader = new TokenReader(SIGNATURE_ALGORITHMS, [])
  try {
    return reader.read(jws)
  } catch (error) {
    const isOfClaims = error instanceof AuthError && error.message.startsWith("The token's payload is not")
    if (!isOfClaims) throw error
    return reader.read(changed(jws, 1, () => base64url('{}')))
  }
}

const named = ({ tcId, group, comment }: Vector) => `${tcId} ${group}: ${comment}`
const withAnswers = (vectors: readonly Vector[], rows: Record<string, string>) => {
  const answers = answersByVector(rows)
  return vectors.map((vector) => [named(vector), vector, answers.get(vector.tcId)] as const)
}
const numbersIn = (rows: readonly (string | undefined)[]) =>
  rows.flatMap((ranges) => (ranges === undefined ? [] : numbersOf(ranges)))
const isRefusedWherever = {
  signatures: new Set(numbersIn(STRICTER.map(({ signatures }) => signatures))),
  keys: new Set(numbersIn(STRICTER.map(({ keys }) => keys))),
}
const isRefusedAsItIs = {
  signatures: new Set(numbersIn(STRICTER_AS_THEY_ARE.map(({ signatures }) => signatures))),
  keys: new Set(numbersIn(STRICTER_AS_THEY_ARE.map(({ keys }) => keys))),
}

describe('the tables', () => {
  it.each([
    ['signatures', signatures, SIGNATURE_ANSWERS, 401],
    ['keys', keys, KEY_ANSWERS, 26],
  ] as const)('have one answer for each vector of the %s, and no more', (_, vectors, rows, count) => {
    const all = vectors.map(({ tcId }) => tcId).sort((a, b) => a - b)
    expect(all).toHaveLength(count)
    expect([...answersByVector(rows).keys()].sort((a, b) => a - b)).toEqual(all)
  })

  it('let no invalid vector pass, and name each valid one that does not', () => {
    for (const [name, vectors, rows] of [
      ['signatures', signatures, SIGNATURE_ANSWERS],
      ['keys', keys, KEY_ANSWERS],
    ] as const) {
      const accepted = new Set(numbersOf(rows.accepted ?? ''))
      const refused = vectors.filter(({ tcId, result }) => result === 'valid' && !accepted.has(tcId))
      const known =
        name === 'keys'
          ? new Set([...isRefusedWherever.keys, ...isRefusedAsItIs.keys])
          : isRefusedWherever.signatures
      expect(refused.map(({ tcId }) => tcId)).toEqual([...known])
      expect(vectors.filter(({ tcId, result }) => result === 'invalid' && accepted.has(tcId))).toEqual([])
    }
  })
})

describe('signatures over good claims', () => {
  it.each(withAnswers(signatures, SIGNATURE_ANSWERS))('%s', async (_, vector, answer) => {
    const isSecret = vector.signingKey.kty === 'oct'
    const shown = isSecret ? [publicHalf(es256)] : vector.shown
    const token = tokenLike(vector, scene.claims(), isSecret ? es256?.signingKey : undefined)
    expect(await answerWith(shown, token)).toBe(answer)
  })

  it('of an HMAC whose key the issuer publishes never pass', async () => {
    for (const vector of [...signatures, ...keys].filter(({ signingKey }) => signingKey.kty === 'oct')) {
      const answer = await answerWith(vector.shown, tokenLike(vector, scene.claims()))
      expect(['algorithm_not_allowed', 'token_malformed', 'token_missing']).toContain(answer)
    }
  })
})

describe('keys, with good claims', () => {
  it.each(withAnswers(keys, KEY_ANSWERS))('%s', async (_, vector, answer) => {
    // Of some keys only the public half is spoilt; the private one is the same everywhere.
    const isEs256 = vector.signingKey.kid === es256?.signingKey.kid
    const token = tokenLike(vector, scene.claims(), isEs256 ? es256?.signingKey : undefined)
    expect(await answerWith(vector.shown, token)).toBe(answer)
  })
})

describe('every vector as it is', () => {
  it.each([
    ...signatures.map((vector) => [`signature ${named(vector)}`, vector, 'signatures'] as const),
    ...keys.map((vector) => [`key ${named(vector)}`, vector, 'keys'] as const),
  ])('%s', async (_, vector, file) => {
    const { tcId, result } = vector
    const isStricter = isRefusedWherever[file].has(tcId) || isRefusedAsItIs[file].has(tcId)
    const answer = await answerToSignature(vector)
    expect(answer === 'accepted').toBe(result === 'valid' && !isStricter)
    // The whole Client refuses all of them: none has claims.
    expect(await answerWith(vector.shown, vector.jws)).not.toBe('accepted')
  })
})

function publicHalf(vector: Vector | undefined): object {
  const [jwk] = vector?.shown ?? []
  if (!jwk) throw new Error('Wycheproof has no ES256 key')
  return jwk
}
