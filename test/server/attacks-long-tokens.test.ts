import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/server/index.js'
import { AttackScene, answerTo } from './attack-scene.js'

let scene: AttackScene
let patient: Client
beforeAll(async () => {
  scene = await AttackScene.open()
  patient = scene.clientWith({ maxTokenLength: 20_000_000 })
})
afterAll(() => scene.close())

const verify = (token: string) => answerTo(() => patient.verifyAccessToken(token))

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
