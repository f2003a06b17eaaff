import { describe, expect, it } from 'vitest'
import { UserQueue } from '../../src/interaqt/apply/user-queue.js'

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

describe('the queue of users', () => {
  it('runs the tasks of one user one after another, also after one that failed', async () => {
    const queue = new UserQueue()
    const events: string[] = []
    const task = (name: string, ms: number) =>
      queue.run('alice', async () => {
        events.push(`${name} starts`)
        await delay(ms)
        events.push(`${name} ends`)
        if (name === 'first') throw new Error('failed')
        return name
      })
    // The later ones are the quicker ones: at once they would end first.
    const results = await Promise.allSettled([task('first', 10), task('second', 5), task('third', 0)])
    expect(events).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} starts`, `${name} ends`]))
    expect(results).toMatchObject([
      { reason: { message: 'failed' } },
      { value: 'second' },
      { value: 'third' },
    ])
  })

  it('runs the tasks of different users at once', async () => {
    const queue = new UserQueue()
    const ended: string[] = []
    let bobHasRun = () => {}
    const bobRuns = new Promise<void>((resolve) => (bobHasRun = resolve))
    const alice = queue.run('alice', async () => {
      // Behind alice, bob would run too late.
      await Promise.race([bobRuns, delay(1_000)])
      ended.push('alice')
    })
    await queue.run('bob', async () => {
      ended.push('bob')
      bobHasRun()
    })
    await alice
    expect(ended).toEqual(['bob', 'alice'])
  })

  it('tells a task what was refreshed while it waited, and forgets that with the last task', async () => {
    const queue = new UserQueue()
    const isRefreshed: boolean[] = []
    const task = () =>
      queue.run('alice', async (queueOfUser, number) => {
        isRefreshed.push(queueOfUser.refreshedBy > number)
        queueOfUser.refreshedBy = queue.nextNumber()
      })
    await Promise.all([task(), task()])
    expect(isRefreshed).toEqual([false, true])
    await queue.run('alice', async ({ refreshedBy }) => expect(refreshedBy).toBe(0))
  })
})
