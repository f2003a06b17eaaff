import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readChunks } from '../../src/logto/read-chunks.js'

/** A stream of pieces that says how many of its bytes were asked for, and whether it was given up. */
function streamOf(pieces: readonly Uint8Array[]) {
  const seen = { bytes: 0, isCancelled: false }
  let next = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[next++]
        if (!piece) return controller.close()
        seen.bytes += piece.length
        controller.enqueue(piece)
      },
      cancel() {
        seen.isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { reader: stream.getReader(), seen }
}

describe('readChunks', () => {
  it('returns the bytes, in whatever pieces they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }), async (pieces) => {
        const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]))
        expect(await readChunks(streamOf(pieces).reader, whole.length)).toEqual(whole)
        if (whole.length > 0)
          expect(await readChunks(streamOf(pieces).reader, whole.length - 1)).toBeUndefined()
      }),
    )
  })

  it('reads no further than the piece that goes over the limit', async () => {
    const { reader, seen } = streamOf(Array.from({ length: 100 }, () => new Uint8Array(10)))
    expect(await readChunks(reader, 35)).toBeUndefined()
    expect(seen).toEqual({ bytes: 40, isCancelled: true })
  })

  it('copies pieces into one block, at most twice as large: a hundred thousand of one byte are no hundred thousand objects', async () => {
    const pieces = Array.from({ length: 100_000 }, (_, index) => Uint8Array.of(index))
    const bytes = await readChunks(streamOf(pieces).reader, 100_000)
    expect(bytes).toHaveLength(100_000)
    expect(bytes?.[65]).toBe(65)
    expect(bytes?.buffer.byteLength).toBeLessThanOrEqual(131_072)
  })

  it.each([['text'], [[1, 2, 3]], [{ byteLength: 0 }]])(
    'refuses a stream of something else: %j',
    async (piece) => {
      const stream = new ReadableStream({
        start: (controller) => {
          controller.enqueue(piece)
          controller.close()
        },
      })
      await expect(readChunks(stream.getReader(), 10)).rejects.toThrow('no stream of bytes')
    },
  )
})
