import type { Database } from 'interaqt'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { openPglite } from '../support/pglite.js'
import { createDatabase } from '../support/postgres.js'

interface Setup {
  name: string
  open(): Promise<{ databases: Database[]; close(): Promise<unknown> }>
}

const setups: Setup[] = [
  {
    name: 'two processes on PostgreSQL',
    async open() {
      const database = await createDatabase(inject('postgres'))
      return { databases: [database.open(), database.open()], close: () => database.drop() }
    },
  },
  {
    name: 'one process on PGLite',
    async open() {
      const database = openPglite()
      return { databases: [database], close: () => database.close() }
    },
  },
]

describe.each(setups)('$name', ({ open }) => {
  const logto = new FakeLogto()
  let opened: Awaited<ReturnType<Setup['open']>>
  let apps: TestApp[]

  beforeAll(async () => {
    opened = await open()
    apps = []
    for (const [index, database] of opened.databases.entries()) {
      apps.push(await startApp(database, { logto, install: index === 0 }))
    }
  })
  afterAll(() => opened.close())

  const appOf = (index: number) => apps[index % apps.length] as TestApp

  it('makes one record of 50 ensureUser and 50 events at once', async () => {
    const created = logto.create('alice', { name: 'Alice' })
    const [records, outcomes] = await Promise.all([
      Promise.all(times(50, (index) => appOf(index).sync.ensureUser('alice'))),
      Promise.all(times(50, (index) => appOf(index).sync.apply(created))),
    ])
    expect(new Set(records.map(({ id }) => id)).size).toBe(1)
    expect(records.map(({ name }) => name)).toEqual(times(50, () => 'Alice'))
    expect(new Set(outcomes)).toEqual(
      new Set([...(outcomes.includes('created') ? ['created'] : []), 'stale']),
    )
    expect((await appOf(0).users()).filter(({ logtoId }) => logtoId === 'alice')).toHaveLength(1)
  })

  it('makes one record of 20 deliveries of one sign-up', async () => {
    const created = logto.create('bob')
    await Promise.all(times(20, (index) => appOf(index).sync.apply(created)))
    expect((await appOf(0).users()).filter(({ logtoId }) => logtoId === 'bob')).toHaveLength(1)
  })

  it('ends with the last state of each user, whatever order their events come in', async () => {
    const ids = times(10, (index) => `user-${index}`)
    const events = ids.map((id) => logto.create(id))
    for (const round of times(10, (index) => index)) {
      for (const id of ids) events.push(logto.update(id, { name: `${id} ${round}` }))
    }
    // A fixed shuffle: the seventh of the rest, again and again.
    const shuffled = []
    for (let at = 6; events.length > 0; at = (at + 6) % Math.max(events.length, 1)) {
      shuffled.push(...events.splice(at % events.length, 1))
    }
    await Promise.all(shuffled.map((event, index) => appOf(index).sync.apply(event)))
    for (const id of ids) {
      expect(await appOf(0).user(id)).toMatchObject({
        name: `${id} 9`,
        logtoUpdatedAt: logto.rows.get(id)?.updatedAt,
      })
    }
  })

  it('keeps a user deleted whose events arrive at the same time', async () => {
    const created = logto.create('carol')
    const renamed = logto.update('carol', { name: 'Carol' })
    const deleted = logto.delete('carol')
    const events = times(30, (index) => [renamed, deleted, created][index % 3] ?? created)
    await Promise.all(events.map((event, index) => appOf(Math.floor(index / 3)).sync.apply(event)))
    await expect(appOf(0).sync.ensureUser('carol')).rejects.toMatchObject({ code: 'user_deleted' })
    expect((await appOf(0).users()).filter(({ logtoId }) => logtoId === 'carol')).toHaveLength(1)
  })
})

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
