import { createPublicKey, KeyObject } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createVerifier } from 'fast-jwt'
import { importJWK, jwtVerify } from 'jose'
import { Client } from '../src/server/index.js'
import { createSigningKey, RESOURCE, signToken, userClaims } from '../test/support/issuer.js'
import { interleaved, interleavedAll, median, type Round, ratioOf, spreadOf } from './interleaved.js'

// Measures token verification against what it is made of and against fast-jwt, in one process, in turns: on a busy
// machine only the ratios mean something, and those of CPU time most, for the clock counts the others' work too. Each
// is the median of many short rounds.  npx tsx bench/verify.ts

const ISSUER = 'http://127.0.0.1:3001/oidc'
const TOKENS = 2_000
const IN_FLIGHT = 64

const key = await createSigningKey('ES384')
const tokens = await Promise.all(Array.from({ length: TOKENS }, () => signToken(key, userClaims(ISSUER))))
// As they come from a socket: every request has its token in a string of its own, whose hash is not known yet.
const bytes = tokens.map((token) => Buffer.from(token, 'latin1'))
const freshToken = (index: number) => bytes[index % TOKENS]?.toString('latin1') ?? ''

const clientWith = (maxVerifiedTokens: number) =>
  new Client({
    logtoEndpoint: 'http://127.0.0.1:3001',
    resource: RESOURCE,
    maxVerifiedTokens,
    fetch: async () => Response.json({ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks`, keys: [key.publicJwk] }),
  })

await warm()
await cold()
await heap()

async function warm(): Promise<void> {
  const client = clientWith(2 * TOKENS)
  for (const token of tokens) await client.verifyAccessToken(token)
  const pem = createPublicKey(KeyObject.from(key.privateKey)).export({ type: 'spki', format: 'pem' })
  const fastJwt = createVerifier({
    key: pem,
    algorithms: ['ES384'],
    allowedIss: ISSUER,
    allowedAud: RESOURCE,
    requiredClaims: ['exp', 'iat', 'sub'],
    cache: 2 * TOKENS,
  })
  for (const token of tokens) fastJwt(token)

  const calls = 200_000
  const [ours, theirs] = await interleaved(
    async () => {
      for (let index = 0; index < calls; index++) await client.verifyAccessToken(freshToken(index))
      return calls
    },
    async () => {
      for (let index = 0; index < calls; index++) fastJwt(freshToken(index))
      return calls
    },
  )
  report('warm cache, against fast-jwt with a warm cache', ours, theirs, 2)
}

async function cold(): Promise<void> {
  const client = clientWith(0)
  await client.warmUp()
  const publicKey = await crypto.subtle.importKey(
    'jwk',
    { ...key.publicJwk },
    { name: 'ECDSA', namedCurve: 'P-384' },
    false,
    ['verify'],
  )
  const signed = tokens.map((token) => {
    const end = token.lastIndexOf('.')
    return [Buffer.from(token.slice(end + 1), 'base64url'), Buffer.from(token.slice(0, end))] as const
  })
  const bare = async (index: number) => {
    const [signature, input] = signed[index % TOKENS] ?? []
    if (!signature || !input) return
    const valid = await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-384' }, publicKey, signature, input)
    if (!valid) throw new Error('A good token was refused')
  }
  // Part of what a verification costs beside the signature is jose's, and cannot be saved here.
  const joseKey = await importJWK(key.publicJwk, 'ES384')
  const expected = {
    algorithms: ['ES384'],
    typ: 'at+jwt',
    issuer: ISSUER,
    audience: RESOURCE,
    requiredClaims: ['exp', 'iat', 'sub'],
  }
  const calls = 500
  const [ours = [], joses = [], theirs = []] = await interleavedAll(
    [
      () => inFlight(calls, (index) => client.verifyAccessToken(freshToken(index))),
      () => inFlight(calls, (index) => jwtVerify(freshToken(index), joseKey, expected)),
      () => inFlight(calls, bare),
    ],
    60,
  )
  report(`cold, ${IN_FLIGHT} in flight, against bare subtle.verify`, ours, theirs, 0.92)
  report("of this, jose's jwtVerify alone", joses, theirs)
}

async function heap(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collectGarbage: unknown = runInNewContext('gc')
  const heapUsed = () => {
    if (typeof collectGarbage === 'function') collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const client = clientWith(2 * TOKENS)
  await client.warmUp()
  const before = heapUsed()
  for (let index = 0; index < TOKENS; index++) await client.verifyAccessToken(freshToken(index))
  const perToken = (heapUsed() - before) / client.status().verifiedTokens.size
  console.log(
    `heap per cached token: ${Math.round(perToken)} bytes, for tokens of ${tokens[0]?.length} characters`,
  )
}

async function inFlight(calls: number, run: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const worker = async () => {
    while (next < calls) await run(next++)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return calls
}

function report(name: string, ours: Round[], theirs: Round[], wanted?: number): void {
  const rate = (rounds: Round[]) =>
    `${Math.round(median(rounds.map(({ rate }) => rate))).toLocaleString('en')}/s`
  const ratio = ratioOf('cpuRate', ours, theirs)
  const [low, high] = spreadOf('cpuRate', ours, theirs)
  console.log(
    `${name}: ${ratio.toFixed(3)} by CPU time (${wanted === undefined ? '' : `wanted ${wanted}, `}half of ` +
      `${ours.length} rounds ${low.toFixed(2)} to ${high.toFixed(2)}); by the clock ` +
      `${ratioOf('rate', ours, theirs).toFixed(3)}, ${rate(ours)} to ${rate(theirs)}`,
  )
  if (wanted !== undefined && ratio < wanted) process.exitCode = 1
}
