import { describe, expect, it } from 'vitest'
import { concurrently, inBatches } from '../../src/interaqt/catch-up/concurrently.js'

async function* numbers(count: number) {
  for (let number = 0; number < count; number++) yield number
}

describe('concurrently', () => {
  it('keeps to its limit, and reaches it', async () => {
    let running = 0
    let most = 0
    const done: number[] = []
    await concurrently(numbers(20), 3, async (number) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 1))
      running--
      done.push(number)
    })
    expect(most).toBe(3)
    expect(done.sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, number) => number))
  })

  it('throws the first failure, after the running work has ended, and starts no more', async () => {
    const events: string[] = []
    let finish = () => {}
    const running = new Promise<void>((resolve) => (finish = resolve))
    const work = async (number: number) => {
      events.push(`${number} starts`)
      if (number === 1) throw new Error('one')
      await running
      events.push(`${number} ends`)
      if (number === 2) throw new Error('two')
    }
    const result = concurrently(numbers(9), 3, work).catch((error: Error) =>
      events.push(`throws ${error.message}`),
    )
    // Several turns of the event loop: long enough for a rejection that does not wait.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    finish()
    await result
    expect(events).toEqual(['0 starts', '1 starts', '2 starts', '0 ends', '2 ends', 'throws one'])
  })

  it('throws what the items throw, and closes them when the work fails', async () => {
    let isClosed = false
    const items = async function* () {
      try {
        yield* [1, 2, 3]
        throw new Error('no more items')
      } finally {
        isClosed = true
      }
    }
    await expect(concurrently(items(), 2, async () => {})).rejects.toThrow('no more items')
    isClosed = false
    await expect(
      concurrently(items(), 1, async () => {
        throw new Error('the first fails')
      }),
    ).rejects.toThrow('the first fails')
    expect(isClosed).toBe(true)
  })
})

describe('inBatches', () => {
  it('makes batches, the last one shorter', async () => {
    const batches: number[][] = []
    for await (const batch of inBatches(numbers(5), 2)) batches.push(batch)
    expect(batches).toEqual([[0, 1], [2, 3], [4]])
  })
})
