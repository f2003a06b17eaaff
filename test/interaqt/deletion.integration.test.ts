import { afterEach, describe, expect, inject, it } from 'vitest'
import { type AppSyncOptions, mapAppUser, startApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

describe('the record of a deleted user', () => {
  let database: TestDatabase
  const logto = new FakeLogto()

  const start = async (options: Omit<AppSyncOptions, 'logto'> = {}) => {
    database = await createDatabase(inject('postgres'))
    const app = await startApp(database.open(), { logto, ...options })
    const created = logto.create('alice', { name: 'Alice', primaryEmail: 'alice@example.com' })
    await app.sync.apply(created)
    logto.advance(60_000)
    const renamed = logto.update('alice', { name: 'Alice II' })
    const deleted = logto.delete('alice')
    return { ...app, created, renamed, deleted }
  }
  afterEach(() => database.drop())

  it('keeps its columns unless it is told otherwise', async () => {
    const app = await start()
    await app.sync.apply(app.deleted)
    expect(await app.user('alice')).toMatchObject({
      name: 'Alice',
      email: 'alice@example.com',
      isDeleted: true,
    })
  })

  it('loses the columns that are named', async () => {
    const app = await start({ eraseOnDelete: ['email'] })
    await app.sync.apply(app.deleted)
    const record = await app.user('alice')
    expect(record).toMatchObject({ name: 'Alice', isDeleted: true })
    expect(record?.email ?? null).toBeNull()
  })

  it('loses all that mapUser ever filled, also by one that cannot do without a username', async () => {
    const options: Omit<AppSyncOptions, 'logto'> = {
      eraseOnDelete: true,
      mapUser: (user) => {
        if (!user.username) throw new Error('nobody is without a username')
        return mapAppUser(user)
      },
    }
    const app = await start(options)
    // A process that has mapped nobody yet does not know what to erase, so that it does not mark either.
    const fresh = await startApp(database.open(), { logto, ...options, install: false })
    await expect(fresh.sync.apply(app.deleted)).rejects.toMatchObject({
      code: 'columns_invalid',
      status: 500,
    })
    expect(await app.user('alice')).toMatchObject({ isDeleted: false })
    expect(await app.sync.apply(app.deleted)).toBe('deleted')
    const record = await app.user('alice')
    expect(record).toMatchObject({ isDeleted: true })
    expect(JSON.stringify(record)).not.toMatch(/Alice|example\.com/)
  })

  it('is marked once, and told of at least once, when processes hear of it at once', async () => {
    let told = 0
    const onDeleted = () => told++
    const app = await start({ onDeleted })
    const other = await startApp(database.open(), { logto, onDeleted, install: false })
    const outcomes = await Promise.all([app, other, app, other].map(({ sync }) => sync.apply(app.deleted)))
    expect(outcomes.sort()).toEqual(['deleted', 'stale', 'stale', 'stale'])
    expect(told).toBeGreaterThanOrEqual(1)
  })

  it('is made for a user who was never heard of, so that their token is refused without a question', async () => {
    const app = await start()
    logto.create('bob')
    expect(await app.sync.apply(logto.delete('bob'))).toBe('deleted')
    const { getUser } = logto.requests
    await expect(app.sync.ensureUser('bob')).rejects.toMatchObject({ code: 'user_deleted', status: 401 })
    expect(logto.requests.getUser).toBe(getUser)
  })

  it('does not come back by a late event, though the application has deleted even the record', async () => {
    const app = await start()
    await app.sync.apply(app.deleted)
    await database.query('DELETE FROM "User"')
    expect([await app.sync.apply(app.created), await app.sync.apply(app.renamed)]).toEqual([
      'ignored',
      'ignored',
    ])
    await expect(app.sync.ensureUser('alice')).rejects.toMatchObject({ code: 'user_unknown', status: 401 })
    expect(await app.users()).toEqual([])
  })
})
