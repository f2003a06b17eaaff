import fc from 'fast-check'
import { expect, it } from 'vitest'
import { signWebhook, verifyWebhook, WebhookError } from '../../src/webhook/index.js'
import { isLongRun } from '../support/long-run.js'
import { webhookRecordings } from '../support/webhook-recordings.js'

const RUNS = isLongRun ? 100_000 : 20_000
const originals = webhookRecordings().map(({ body, signature, signingKey }) => ({
  bytes: Buffer.from(body),
  signature,
  signingKey,
}))

interface Mutation {
  /** Where, as a share of the length. */
  at: number
  kind: 'flip' | 'insert' | 'remove' | 'truncate' | 'repeat' | 'swap'
  byte: number
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  kind: fc.constantFrom('flip', 'insert', 'remove', 'truncate', 'repeat', 'swap'),
  byte: fc.integer({ min: 1, max: 255 }),
})

function mutated(bytes: Buffer, { at, kind, byte }: Mutation): Buffer {
  const index = Math.floor(at * bytes.length)
  const [before, here, after] = [
    bytes.subarray(0, index),
    bytes.subarray(index, index + 1),
    bytes.subarray(index + 1),
  ]
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.from(here.map((value) => value ^ byte)), after])
    case 'insert':
      return Buffer.concat([before, Buffer.of(byte), here, after])
    case 'remove':
      return Buffer.concat([before, after])
    case 'truncate':
      return before
    case 'repeat':
      return Buffer.concat([bytes, bytes.subarray(index)])
    case 'swap':
      return Buffer.concat([here, after, before])
  }
}

// A delivery with a mutated body, a mutated signature, a signature of any text, or that of another delivery.
const delivery = fc.record({
  original: fc.constantFrom(...originals),
  other: fc.constantFrom(...originals),
  body: fc.option(mutation),
  signature: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: mutation },
    { weight: 1, arbitrary: fc.constantFrom('other') },
    { weight: 1, arbitrary: fc.string({ maxLength: 70, unit: 'binary' }) },
  ),
})

it(`accepts none of ${RUNS} mutated deliveries, and throws nothing but WebhookError`, () => {
  let refused = 0
  fc.assert(
    fc.property(delivery, ({ original, other, body, signature }) => {
      const sentBody = body ? mutated(original.bytes, body) : original.bytes
      const sentSignature =
        signature === undefined
          ? original.signature
          : signature === 'other'
            ? other.signature
            : typeof signature === 'string'
              ? signature
              : mutated(Buffer.from(original.signature), signature).toString('latin1')
      // A mutation that changes nothing is the delivery itself.
      const isOriginal = sentBody.equals(original.bytes) && sentSignature === original.signature
      try {
        verifyWebhook(sentBody, sentSignature, original.signingKey)
        return isOriginal || isRecorded(sentBody, sentSignature)
      } catch (error) {
        refused++
        return error instanceof WebhookError && error.status === 401 && !isOriginal
      }
    }),
    { numRuns: RUNS, seed: 20261123 },
  )
  expect(refused).toBeGreaterThan(RUNS * 0.8)
}, 60_000)

function isRecorded(bytes: Buffer, signature: string): boolean {
  return originals.some((original) => original.signature === signature && original.bytes.equals(bytes))
}

it('signed nonsense throws nothing but WebhookError either', () => {
  const key = originals[0]?.signingKey ?? ''
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
      try {
        const event = verifyWebhook(text, signWebhook(text, key), key)
        return typeof event.event === 'string'
      } catch (error) {
        return error instanceof WebhookError && error.status === 400
      }
    }),
    { numRuns: 2_000, seed: 20261123 },
  )
})
