import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect } from 'vitest'
import type { ContractCase } from '../case.js'
import { type Answer, text } from '../http.js'
import { recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import { ALL_SCOPES, type World } from '../world.js'

interface RecordedToken {
  status: number
  response?: Record<string, unknown>
  body?: Record<string, unknown>
  decodedAccessToken?: { header: unknown; claims: Record<string, unknown> } | string
  decodedIdToken?: { header: unknown; claims: Record<string, unknown> }
}

/** What a token answer must look like beside its recording. */
interface Expected {
  scope?: string
  aud?: string
  /** Claims of the ID token that are present for some users only. */
  optionalIdTokenClaims?: readonly string[]
}

/** Compares a token answer, with the tokens in it, with a recorded one. */
export function expectTokens(answer: Answer, path: string, expected: Expected = {}): void {
  const recorded = recording<RecordedToken>(path)
  const body = recorded.response ?? recorded.body ?? {}
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: recorded.status })
  expectSameShape(answer.body, body)
  if (recorded.status >= 400) {
    expect(answer.body).toEqual(body)
    return
  }
  if (expected.scope !== undefined) expect(answer.fields.scope).toBe(expected.scope)
  expectAccessToken(text(answer, 'access_token'), recorded.decodedAccessToken, expected)
  if (recorded.decodedIdToken) {
    const optional = expected.optionalIdTokenClaims ?? []
    expectSameShape(decodeJwt(text(answer, 'id_token')), recorded.decodedIdToken.claims, { optional })
    expectSameShape(decodeProtectedHeader(text(answer, 'id_token')), recorded.decodedIdToken.header)
  }
}

/** Compares an access token with a recorded one; a text stands for an opaque token. */
export function expectAccessToken(
  token: string,
  recorded: RecordedToken['decodedAccessToken'],
  expected: Expected,
): void {
  if (typeof recorded === 'string') {
    expect(token).toMatch(/^[\w-]{43}$/)
    return
  }
  if (!recorded) return
  expectSameShape(decodeProtectedHeader(token), recorded.header)
  expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES384', typ: 'at+jwt' })
  const claims = decodeJwt(token)
  expectSameShape(claims, recorded.claims)
  if (expected.aud !== undefined) expect(claims.aud).toBe(expected.aud)
  if (expected.scope !== undefined) expect(claims.scope).toBe(expected.scope)
}

const compares = 'status, shape of the answer, header and claims of its tokens'
export const BOTH_SCOPES = 'interaction:read interaction:write'

export function tokenCase(
  name: string,
  recording: string,
  run: (world: World, path: string) => Promise<void>,
): ContractCase {
  return { name, recording, compares, run: (world) => run(world, recording) }
}

export const refreshTokenOf = (answer: Answer): string => text(answer, 'refresh_token')
export const noResource = { resource: undefined, scope: ALL_SCOPES }
