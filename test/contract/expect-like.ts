import { expect } from 'vitest'
import type { Answer } from './http.js'
import { expectSameShape, type ShapeOptions } from './shape.js'

/** What a replayed recording changes. */
export interface Replay extends ShapeOptions {
  /** Path below `/api`; default the recorded one. */
  path?: string
  /** Default the recorded body. */
  body?: unknown
  /** Recorded texts to replace before an error is compared. */
  substitute?: Record<string, string>
}

/** Asserts that an answer is like a recorded one: status, content type, and shape; for an error code and message too. */
export function expectLike(
  answer: Answer,
  recorded: { status: number; headers?: Record<string, string>; body: unknown },
  { substitute = {}, ...shape }: Replay = {},
): void {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: recorded.status })
  const contentType = recorded.headers?.['content-type']
  if (contentType !== undefined) expect(answer.headers.get('content-type')).toBe(contentType)
  expectSameShape(answer.body, recorded.body, shape)
  if (answer.status < 400 || typeof recorded.body !== 'object') return
  const texts = JSON.stringify(recorded.body)
  const expected = Object.entries(substitute).reduce((text, [from, to]) => text.replaceAll(from, to), texts)
  expect(answer.body).toEqual(JSON.parse(expected))
}
