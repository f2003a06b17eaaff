import { describe, expect, it } from 'vitest'
import { untilUncontended } from '../../src/interaqt/apply/contention.js'
import { UserLanes } from '../../src/interaqt/apply/user-lanes.js'
import { concurrently, inBatches, mapAhead } from '../../src/interaqt/catch-up/concurrently.js'

describe('untilUncontended', () => {
  it('tries again until an attempt is not disturbed', async () => {
    let attempts = 0
    expect(await untilUncontended('alice', async () => (++attempts < 4 ? undefined : 'done'))).toBe('done')
    expect(attempts).toBe(4)
  })

  it('gives up in the end, with an error that is worth another try', async () => {
    await expect(untilUncontended('alice', async () => undefined)).rejects.toMatchObject({
      code: 'record_contended',
      status: 503,
      headers: { 'retry-after': '5' },
    })
  })
})

describe('lanes', () => {
  it('run the turns of one user one after another, also after one that failed, and forget them', async () => {
    const lanes = new UserLanes()
    const order: string[] = []
    const turn = (name: string, ms: number) =>
      lanes.run('alice', async () => {
        await new Promise((resolve) => setTimeout(resolve, ms))
        order.push(name)
        if (name === 'first') throw new Error('failed')
      })
    const results = await Promise.allSettled([turn('first', 10), turn('second', 5), turn('third', 0)])
    expect(order).toEqual(['first', 'second', 'third'])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })

  it('run different users at once', async () => {
    const lanes = new UserLanes()
    let release = () => {}
    const blocked = lanes.run('alice', () => new Promise<void>((resolve) => (release = resolve)))
    await lanes.run('bob', async () => {})
    release()
    await blocked
  })
})

describe('concurrently', () => {
  async function* numbers(count: number) {
    for (let number = 0; number < count; number++) yield number
  }

  it('keeps to its limit', async () => {
    let underway = 0
    let most = 0
    await concurrently(numbers(20), 3, async () => {
      most = Math.max(most, ++underway)
      await new Promise((resolve) => setTimeout(resolve, 1))
      underway--
    })
    expect(most).toBe(3)
  })

  it('throws the first failure, after the work under way has ended', async () => {
    const ended: number[] = []
    const work = async (number: number) => {
      await new Promise((resolve) => setTimeout(resolve, number))
      ended.push(number)
      if (number === 1) throw new Error('one')
    }
    await expect(concurrently(numbers(9), 3, work)).rejects.toThrow('one')
    expect(ended).toContain(2)
    expect(ended.length).toBeLessThan(9)
  })

  it('hands on in order what is worked at ahead', async () => {
    const results: number[] = []
    const work = async (number: number) => {
      await new Promise((resolve) => setTimeout(resolve, 5 - number))
      return number * 10
    }
    for await (const result of mapAhead(numbers(5), 3, work)) results.push(result)
    expect(results).toEqual([0, 10, 20, 30, 40])
  })

  it('reports a failure at its turn', async () => {
    const results: number[] = []
    const read = async () => {
      for await (const result of mapAhead(numbers(5), 3, async (number) => {
        if (number === 2) throw new Error('two')
        return number
      })) {
        results.push(result)
      }
    }
    await expect(read()).rejects.toThrow('two')
    expect(results).toEqual([0, 1])
  })

  it('makes batches, the last one shorter', async () => {
    const batches: number[][] = []
    for await (const batch of inBatches(numbers(5), 2)) batches.push(batch)
    expect(batches).toEqual([[0, 1], [2, 3], [4]])
  })
})
