import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { ReconcileProgress } from '../../src/interaqt/index.js'
import type { LogtoUser } from '../../src/logto/index.js'
import { mapAppUser, startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

const UNTOUCHED = { created: 0, updated: 0, suspended: 0, deleted: 0, failed: 0 }

describe('reconcile', () => {
  let database: TestDatabase
  let logto: FakeLogto
  let app: TestApp
  let mapUser = mapAppUser
  const told: unknown[] = []

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    const source = {
      getUser: (id: string, options?: { signal?: AbortSignal }) => logto.getUser(id, options),
      users: () => logto.users(),
      recentDeliveries: (hookId: string) => logto.recentDeliveries(hookId),
    }
    app = await startApp(database.open(), {
      logto: source,
      mapUser: (user) => mapUser(user),
      onDeleted: (record) => told.push(record.logtoId),
    })
  })
  beforeEach(async () => {
    logto = new FakeLogto()
    mapUser = mapAppUser
    told.length = 0
    await database.query('DELETE FROM "User"')
  })
  afterAll(() => database.drop())

  const createUsers = (count: number, prefix = 'user') => {
    for (let index = 0; index < count; index++) logto.create(`${prefix}-${index}`, { name: `Name ${index}` })
  }

  it('creates all records of an application that starts with a full Logto', async () => {
    createUsers(250)
    expect(await app.sync.reconcile()).toMatchObject({
      ...UNTOUCHED,
      scanned: 250,
      created: 250,
      requests: 3,
    })
    expect(await app.users()).toHaveLength(250)
    expect(await app.user('user-249')).toMatchObject({
      name: 'Name 249',
      isSuspended: false,
      isDeleted: false,
    })
    expect(await app.sync.reconcile()).toMatchObject({
      ...UNTOUCHED,
      scanned: 250,
      unchanged: 250,
      requests: 3,
    })
  })

  it('repairs updates, suspensions and deletions that were never heard of', async () => {
    createUsers(5)
    await app.sync.reconcile()
    logto.advance(60_000)
    logto.update('user-0', { name: 'New' })
    logto.suspend('user-1')
    logto.patchCustomData('user-2', { tier: 'gold' })
    logto.delete('user-3')
    expect(await app.sync.reconcile()).toMatchObject({
      scanned: 4,
      created: 0,
      updated: 2,
      suspended: 1,
      deleted: 1,
      unchanged: 1,
      failed: 0,
    })
    expect(await app.users()).toMatchObject([
      { name: 'New' },
      { isSuspended: true },
      { customData: { tier: 'gold' } },
      { isDeleted: true },
      { isDeleted: false },
    ])
    expect(told).toEqual(['user-3'])
  })

  it('takes a restored Logto database for the truth: older columns, and users who are back', async () => {
    createUsers(3)
    await app.sync.reconcile()
    const backup = structuredClone([...logto.rows])
    logto.advance(60_000)
    await app.sync.apply(logto.update('user-0', { name: 'New' }))
    await app.sync.apply(logto.delete('user-1'))
    logto.rows.clear()
    for (const [id, row] of backup) logto.rows.set(id, row)
    expect(await app.sync.reconcile()).toMatchObject({ updated: 2, unchanged: 1 })
    expect(await app.users()).toMatchObject([
      { name: 'Name 0', logtoUpdatedAt: logto.rows.get('user-0')?.updatedAt },
      { isDeleted: false },
      { isDeleted: false },
    ])
  })

  it('brings back once more who an old deletion, sent again after the restore, has marked', async () => {
    createUsers(2)
    await app.sync.reconcile()
    const backup = structuredClone([...logto.rows])
    logto.advance(60_000)
    const deletion = logto.delete('user-1')
    await app.sync.apply(deletion)
    for (const [id, row] of backup) logto.rows.set(id, row)
    await app.sync.reconcile()
    expect(await app.sync.apply(deletion)).toBe('deleted')
    expect(await app.user('user-1')).toMatchObject({ isDeleted: true })
    expect(await app.sync.reconcile()).toMatchObject({ updated: 1, unchanged: 1 })
    expect(await app.user('user-1')).toMatchObject({ isDeleted: false })
  })

  it('repairs what somebody else wrote into the columns', async () => {
    createUsers(1)
    await app.sync.reconcile()
    const { globals, system } = app.controller
    const everybody = globals.MatchExp.atom({ key: 'isDeleted', value: ['=', false] })
    await system.storage.update('User', everybody, { name: 'tampered' })
    expect(await app.sync.reconcile()).toMatchObject({ updated: 1 })
    expect(await app.user('user-0')).toMatchObject({ name: 'Name 0' })
  })

  it('says in a dry run what differs, without a personal word, and writes nothing', async () => {
    createUsers(4)
    await app.sync.reconcile()
    logto.advance(60_000)
    logto.create('fresh', { name: 'Secret' })
    logto.update('user-0', { name: 'Secret' })
    logto.suspend('user-1')
    logto.delete('user-2')
    await app.sync.apply(
      logto.event('User.Deleted', logto.rows.get('user-3'), { params: { userId: 'user-3' } }),
    )
    const before = await app.users()
    const report = await app.sync.reconcile({ dryRun: true })
    expect(report).toMatchObject({ created: 1, updated: 2, suspended: 1, deleted: 1, failed: 0 })
    expect(report.differences).toEqual(
      expect.arrayContaining([
        { logtoId: 'fresh', change: 'create', columns: ['username', 'name', 'email', 'customData'] },
        { logtoId: 'user-0', change: 'update', columns: ['name', 'logtoUpdatedAt'] },
        { logtoId: 'user-1', change: 'suspend', columns: ['logtoUpdatedAt', 'isSuspended'] },
        { logtoId: 'user-2', change: 'delete', columns: [] },
        { logtoId: 'user-3', change: 'restore', columns: [] },
      ]),
    )
    expect(JSON.stringify(report)).not.toContain('Secret')
    expect(await app.users()).toEqual(before)
  })

  it('counts a user once whom the list repeats', async () => {
    createUsers(3)
    const { users } = logto
    logto.users = async function* () {
      for await (const user of users.call(this)) yield* [user, user]
    }
    expect(await app.sync.reconcile()).toMatchObject({ scanned: 3, failed: 0 })
    expect(await app.users()).toHaveLength(3)
  })

  it('lets an event win that came while the list was read', async () => {
    createUsers(1)
    await app.sync.reconcile()
    const { users } = logto
    logto.users = async function* () {
      const listed: LogtoUser[] = []
      for await (const user of users.call(this)) listed.push(user)
      logto.advance(60_000)
      await app.sync.apply(logto.update('user-0', { name: 'Newer than the list' }))
      yield* listed
    }
    await app.sync.reconcile()
    expect(await app.user('user-0')).toMatchObject({ name: 'Newer than the list' })
  })

  it('does not bring back who was deleted while the list was read', async () => {
    createUsers(2)
    const { users } = logto
    logto.users = async function* () {
      const listed: LogtoUser[] = []
      for await (const user of users.call(this)) listed.push(user)
      await app.sync.apply(logto.delete('user-0'))
      yield* listed
    }
    await app.sync.reconcile()
    expect(await app.user('user-0')).toMatchObject({ isDeleted: true })
  })

  it('goes on with the others when one user cannot be mapped', async () => {
    createUsers(3)
    mapUser = (user) => {
      if (user.id === 'user-1') throw new Error('no such tenant')
      return mapAppUser(user)
    }
    const errors: unknown[] = []
    const onError = (error: unknown, logtoId: string) => errors.push([logtoId, error])
    expect(await app.sync.reconcile({ onError })).toMatchObject({ scanned: 3, created: 2, failed: 1 })
    expect(errors).toMatchObject([['user-1', { code: 'columns_invalid' }]])
  })

  it('tells how far it is', async () => {
    createUsers(250)
    const progress: ReconcileProgress[] = []
    await app.sync.reconcile({ onProgress: (step) => progress.push(step) })
    expect(progress.map(({ phase }) => phase)).toEqual(['users', 'users', 'users', 'deletions'])
    expect(progress.at(-1)).toMatchObject({ scanned: 250, created: 250 })
  })

  it('stops when it is aborted, and keeps what it has done', async () => {
    createUsers(1_000)
    const abort = new AbortController()
    const run = app.sync.reconcile({
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    })
    await expect(run).rejects.toThrow('enough')
    const { length } = await app.users()
    expect(length).toBeGreaterThanOrEqual(100)
    expect(length).toBeLessThan(1_000)
  })

  it('repairs the others when one of a batch is refused by a constraint of the application', async () => {
    createUsers(30)
    await database.query(`CREATE UNIQUE INDEX one_per_name ON "User" ("${await columnOf('name')}")`)
    logto.update('user-7', { name: 'Name 8' })
    const errors: unknown[] = []
    const report = await app.sync.reconcile({ onError: (error, logtoId) => errors.push([logtoId, error]) })
    await database.query('DROP INDEX one_per_name')
    expect(report).toMatchObject({ created: 29, failed: 1 })
    expect(errors).toMatchObject([
      [expect.stringMatching(/^user-[78]$/), { code: 'write_refused', status: 500 }],
    ])
  })

  it('reports that Logto is away', async () => {
    createUsers(1)
    logto.failure = new Error('connect ECONNREFUSED')
    await expect(app.sync.reconcile()).rejects.toMatchObject({ code: 'logto_unavailable' })
  })

  async function columnOf(property: string): Promise<string | undefined> {
    const { records } = app.controller.system.storage.schema
    const user = records.find(({ recordName }) => recordName === 'User')
    return user?.attributeDetails?.find(({ name }) => name === property)?.fieldName
  }
})
