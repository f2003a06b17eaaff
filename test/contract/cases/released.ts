import { decodeJwt } from 'jose'
import { expect } from 'vitest'
import { expectLike, type Replay } from '../expect-like.js'
import type { Answer } from '../http.js'
import { type RecordedExchange, recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import type { World } from '../world.js'

interface ReleasedToken extends RecordedExchange {
  decodedAccessToken?: { claims: Record<string, unknown> }
}

/** Path of a recording of the release. */
export const released = (file: string): string => `released/${file}.json`

/** Compares an answer with one of the release. */
export function expectReleased(answer: Answer, file: string, replay: Replay = {}): void {
  const { response } = recording<RecordedExchange>(released(file))
  // An answer without a body was recorded as null, and is read as an empty text.
  expectLike(answer, { ...response, body: response.body ?? '' }, replay)
}

/** As {@link expectReleased}, with the claims of the access token; returns its scope. */
export function expectReleasedToken(answer: Answer, file: string): unknown {
  expectReleased(answer, file)
  const { decodedAccessToken } = recording<ReleasedToken>(released(file))
  const token = answer.fields.access_token
  if (typeof token !== 'string') throw new Error(`no access token in ${JSON.stringify(answer.body)}`)
  if (decodedAccessToken) expectSameShape(decodeJwt(token), decodedAccessToken.claims)
  return answer.fields.scope
}

/** Suspends a user. */
export const suspend = (world: World, user: { id: string }, isSuspended = true): Promise<Answer> =>
  world.made('PATCH', `/users/${user.id}/is-suspended`, { isSuspended })

/** Where an answer leads back to the application with an error. */
export function errorOf(answer: Answer): string | null {
  const location = answer.headers.get('location') ?? ''
  expect(location).toMatch(/^http/)
  return new URL(location).searchParams.get('error')
}
