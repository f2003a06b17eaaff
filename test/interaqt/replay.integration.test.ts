import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { mapAppUser, startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

const DAY_MS = 24 * 3_600_000

describe('replay', () => {
  let database: TestDatabase
  const logto = new FakeLogto()
  let app: TestApp
  let mapUser = mapAppUser
  let hookId = ''
  let count = 0

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    app = await startApp(database.open(), { logto, mapUser: (user) => mapUser(user) })
  })
  beforeEach(() => {
    hookId = `hook-${++count}`
    logto.deliveries.length = 0
    logto.failure = undefined
    logto.advance(DAY_MS)
    mapUser = mapAppUser
  })
  afterAll(() => database.drop())

  it('applies what failed, and nothing else', async () => {
    logto.log(logto.create('alice', { name: 'Alice' }), 'Error')
    logto.log(logto.create('bob'), 'Success')
    logto.log(logto.create('carol'), 'Error')
    expect(await app.sync.replay({ hookId })).toMatchObject({
      deliveries: 3,
      failedDeliveries: 2,
      outcomes: { created: 2, updated: 0, stale: 0, suspended: 0, deleted: 0, ignored: 0 },
      failed: 0,
      position: logto.now,
    })
    expect(await app.user('alice')).toMatchObject({ name: 'Alice' })
    expect(await app.user('bob')).toBeUndefined()
  })

  it('replays updates, suspensions and deletions in any order', async () => {
    logto.log(logto.create('dora'), 'Error')
    logto.log(logto.update('dora', { name: 'Dora' }), 'Error')
    logto.log(logto.patchCustomData('dora', { colour: 'red' }), 'Error')
    logto.log(logto.suspend('dora'), 'Error')
    logto.log(logto.create('emil'), 'Error')
    logto.log(logto.delete('emil'), 'Error')
    await app.sync.replay({ hookId })
    expect(await app.user('dora')).toMatchObject({
      name: 'Dora',
      customData: { colour: 'red' },
      isSuspended: true,
    })
    expect(await app.user('emil')).toMatchObject({ isDeleted: true })
  })

  it('writes the newest of many clear updates, and asks Logto for none of them', async () => {
    const ids = ['g1', 'g2', 'g3']
    for (const id of ids) await app.sync.apply(logto.create(id))
    await app.sync.apply(logto.create('gone'))
    for (const name of ['First', 'Second', 'Third']) {
      logto.advance(60_000)
      for (const id of ids) logto.log(logto.update(id, { name: `${name} ${id}` }), 'Error')
    }
    logto.log(logto.suspend('g3'), 'Error')
    logto.log(logto.delete('gone'), 'Error')
    const { getUser } = logto.requests
    const { outcomes } = await app.sync.replay({ hookId })
    expect(outcomes).toMatchObject({ created: 0, deleted: 1 })
    expect(outcomes.updated + outcomes.suspended).toBe(3)
    expect(outcomes.stale).toBe(7)
    expect(await app.user('g1')).toMatchObject({ name: 'Third g1' })
    expect(await app.user('g3')).toMatchObject({ name: 'Third g3', isSuspended: true })
    // The suspension of g3 came right after its third name: too close for their times to tell.
    expect(logto.requests.getUser - getUser).toBeLessThanOrEqual(1)
  })

  it('ignores what failed and is about no user', async () => {
    logto.log(logto.event('Role.Created', { id: 'role' }), 'Error')
    expect(await app.sync.replay({ hookId })).toMatchObject({ failed: 0, outcomes: { ignored: 1 } })
  })

  it('applies the others when one of many is refused', async () => {
    const errors: unknown[] = []
    for (const id of ['h1', 'h2']) await app.sync.apply(logto.create(id))
    logto.advance(60_000)
    mapUser = (user) => ({ ...mapAppUser(user), ...(user.id === 'h1' ? { noSuchColumn: 1 } : {}) })
    for (const id of ['h1', 'h2']) logto.log(logto.update(id, { name: 'New' }), 'Error')
    const report = await app.sync.replay({ hookId, onError: (error) => errors.push(error) })
    expect(report).toMatchObject({ failed: 1, outcomes: { updated: 1 } })
    expect(errors).toMatchObject([{ code: 'write_refused' }])
    expect(await app.user('h2')).toMatchObject({ name: 'New' })
  })

  it('reads from where the last replay ended', async () => {
    logto.log(logto.create('older'), 'Success')
    logto.advance(3_600_000)
    logto.log(logto.create('old'), 'Success')
    expect(await app.sync.replay({ hookId })).toMatchObject({ deliveries: 2, position: logto.now })
    logto.advance(3_600_000)
    logto.log(logto.create('new'), 'Error')
    expect(await app.sync.replay({ hookId })).toMatchObject({ deliveries: 2, outcomes: { created: 1 } })
    logto.advance(3_600_000)
    expect(await app.sync.replay({ hookId })).toMatchObject({ deliveries: 1, outcomes: { stale: 1 } })
  })

  it('starts as far back as it is told', async () => {
    logto.log(logto.create('ancient'), 'Error')
    const since = logto.now
    logto.advance(3 * DAY_MS)
    expect(await app.sync.replay({ hookId, since })).toMatchObject({ outcomes: { created: 1 } })
  })

  it('does no harm when several processes do it at once', async () => {
    const other = await startApp(database.open(), { logto, install: false })
    for (const id of ['f1', 'f2', 'f3', 'f4']) logto.log(logto.create(id), 'Error')
    await Promise.all([
      app.sync.replay({ hookId }),
      other.sync.replay({ hookId }),
      app.sync.replay({ hookId }),
    ])
    expect((await app.users()).filter((user) => String(user.logtoId).startsWith('f'))).toHaveLength(4)
  })

  it('reports what cannot be applied, and tries it again the next time', async () => {
    const errors: unknown[] = []
    mapUser = (user) => {
      if (user.id === 'poison') throw new Error('no such tenant')
      return mapAppUser(user)
    }
    logto.log(logto.create('poison'), 'Error')
    const poisonedAt = logto.now
    logto.advance(3_600_000)
    logto.log(logto.create('healthy'), 'Error')
    const onError = (error: unknown) => errors.push(error)
    expect(await app.sync.replay({ hookId, onError })).toMatchObject({
      failed: 1,
      outcomes: { created: 1 },
      position: poisonedAt - 1,
    })
    expect(errors).toMatchObject([{ code: 'columns_invalid' }])
    mapUser = mapAppUser
    expect(await app.sync.replay({ hookId })).toMatchObject({
      failed: 0,
      outcomes: { created: 1 },
      position: logto.now,
    })
  })

  it('is held up by what cannot be applied for a day, not for ever', async () => {
    mapUser = () => {
      throw new Error('no such tenant')
    }
    logto.log(logto.create('stuck'), 'Error')
    logto.advance(3 * DAY_MS)
    logto.log(logto.event('Role.Created', {}), 'Success')
    expect(await app.sync.replay({ hookId })).toMatchObject({ failed: 1, position: logto.now - DAY_MS })
  })

  it('moves nowhere when Logto is away', async () => {
    logto.log(logto.create('late'), 'Error')
    logto.failure = new Error('connect ECONNREFUSED')
    await expect(app.sync.replay({ hookId })).rejects.toMatchObject({ code: 'logto_unavailable' })
    logto.failure = undefined
    expect(await app.sync.replay({ hookId })).toMatchObject({ outcomes: { created: 1 } })
  })

  it('moves nowhere when Logto goes away in between', async () => {
    logto.log(logto.create('half'), 'Error')
    logto.beforeGetUser = async () => {
      throw new Error('connect ECONNRESET')
    }
    await expect(app.sync.replay({ hookId })).rejects.toMatchObject({ code: 'logto_unavailable' })
    logto.beforeGetUser = () => undefined
    expect(await app.sync.replay({ hookId })).toMatchObject({ outcomes: { created: 1 } })
  })

  it('stops when it is aborted', async () => {
    logto.log(logto.create('aborted'), 'Error')
    await expect(app.sync.replay({ hookId, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
    expect(await app.sync.replay({ hookId })).toMatchObject({ outcomes: { created: 1 } })
  })

  it('applies a body as Logto logs it', async () => {
    const [logged] = (await import('../fixtures/recordings/webhook-listener-offline-log.json')).default
    if (!logged) throw new Error('the recording is empty')
    const { data } = logged.payload.hookRequest.body
    logto.rows.set(data.id, data)
    logto.deliveries.push(logged)
    expect(await app.sync.replay({ hookId })).toMatchObject({ outcomes: { created: 1 } })
    expect(await app.user(data.id)).toMatchObject({ name: 'missed-while-offline' })
  })
})
