import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

const UNTOUCHED = { created: 0, updated: 0, suspended: 0, deleted: 0, failed: 0 }

describe('a reconcile, about users whom Logto does not list', () => {
  let database: TestDatabase
  let logto: FakeLogto
  let app: TestApp

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    const source = {
      getUser: (id: string, options?: { signal?: AbortSignal }) => logto.getUser(id, options),
      users: () => logto.users(),
      recentDeliveries: (hookId: string) => logto.recentDeliveries(hookId),
    }
    app = await startApp(database.open(), { logto: source })
  })
  beforeEach(async () => {
    logto = new FakeLogto()
    await database.query('DELETE FROM "User"')
  })
  afterAll(() => database.drop())

  const createUsers = (count: number) => {
    for (let index = 0; index < count; index++) logto.create(`user-${index}`)
  }

  it('stops when Logto lists nobody', async () => {
    createUsers(3)
    await app.sync.reconcile()
    logto.rows.clear()
    await expect(app.sync.reconcile({ allowMassDeletion: true })).rejects.toMatchObject({
      code: 'logto_empty',
    })
    expect(await app.users()).toMatchObject([
      { isDeleted: false },
      { isDeleted: false },
      { isDeleted: false },
    ])
  })

  it('has nothing to stop at when there are no records either', async () => {
    expect(await app.sync.reconcile()).toMatchObject({ ...UNTOUCHED, scanned: 0 })
  })

  it('refuses to mark many records as deleted, unless it is told to', async () => {
    createUsers(30)
    await app.sync.reconcile()
    for (let index = 0; index < 11; index++) logto.delete(`user-${index}`)
    await expect(app.sync.reconcile()).rejects.toMatchObject({
      code: 'mass_deletion',
      message: expect.stringContaining('allowMassDeletion'),
    })
    expect((await app.users()).filter((user) => user.isDeleted)).toEqual([])
    const { differences } = await app.sync.reconcile({ allowMassDeletion: true, dryRun: true })
    expect(differences).toHaveLength(11)
    expect(await app.sync.reconcile({ allowMassDeletion: true })).toMatchObject({ deleted: 11 })
  })

  it('marks ten of few', async () => {
    createUsers(30)
    await app.sync.reconcile()
    for (let index = 0; index < 10; index++) logto.delete(`user-${index}`)
    expect(await app.sync.reconcile()).toMatchObject({ deleted: 10 })
  })

  it('deletes nobody whom the list skipped', async () => {
    createUsers(30)
    await app.sync.reconcile()
    const { users } = logto
    logto.users = async function* () {
      let index = 0
      for await (const user of users.call(this)) if (index++ % 2 === 0) yield user
    }
    expect(await app.sync.reconcile()).toMatchObject({ ...UNTOUCHED, scanned: 15 })
  })

  it('marks who is gone when the list skipped many more', async () => {
    createUsers(30)
    await app.sync.reconcile()
    for (let index = 0; index < 5; index++) logto.delete(`user-${index}`)
    const { users } = logto
    logto.users = async function* () {
      let index = 0
      for await (const user of users.call(this)) if (index++ % 5 === 0) yield user
    }
    expect(await app.sync.reconcile()).toMatchObject({ ...UNTOUCHED, scanned: 5, deleted: 5 })
    expect((await app.users()).filter((user) => user.isDeleted)).toHaveLength(5)
  })

  it('aborts the request for a user that Logto does not answer', async () => {
    createUsers(2)
    await app.sync.reconcile()
    logto.rows.delete('user-1')
    const abort = new AbortController()
    const { getUser } = logto
    logto.getUser = (_, { signal } = {}) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        abort.abort(new Error('enough'))
      })
    await expect(app.sync.reconcile({ signal: abort.signal })).rejects.toThrow('enough')
    logto.getUser = getUser
    expect(await app.sync.reconcile()).toMatchObject({ deleted: 1, failed: 0 })
  })
})
