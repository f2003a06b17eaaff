import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { ReconcileReport, ReplayReport, Schedule } from '../../src/interaqt/index.js'
import { mapAppUser, startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

const HOUR_MS = 3_600_000
/** As long as the test may take: a busy machine needs more than Vitest's default of a second. */
const until: typeof vi.waitUntil = (condition) => vi.waitUntil(condition, { timeout: 60_000 })

describe('schedule', () => {
  let database: TestDatabase
  let logto: FakeLogto
  let app: TestApp
  let mapUser = mapAppUser
  const schedules: Schedule[] = []

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    const source = {
      getUser: (id: string, options?: { signal?: AbortSignal }) => logto.getUser(id, options),
      users: () => logto.users(),
      recentDeliveries: (hookId: string) => logto.recentDeliveries(hookId),
    }
    app = await startApp(database.open(), { logto: source, mapUser: (user) => mapUser(user) })
  })
  beforeEach(async () => {
    logto = new FakeLogto()
    mapUser = mapAppUser
    for (const table of ['User', 'LogtoSyncCursor', 'LogtoSyncEvent'])
      await database.query(`DELETE FROM "${table}"`)
  })
  afterAll(async () => {
    await Promise.all(schedules.map((schedule) => schedule.stop()))
    await database.drop()
  })

  const start = (options: Parameters<TestApp['sync']['schedule']>[0]) => {
    const schedule = app.sync.schedule(options)
    schedules.push(schedule)
    return schedule
  }

  it('replays at once, and again', async () => {
    logto.log(logto.create('alice'), 'Error')
    const reports: ReplayReport[] = []
    const schedule = start({ hookId: 'hook', replayEvery: 5, onReplay: (report) => reports.push(report) })
    await until(() => reports.length >= 3)
    await schedule.stop()
    expect(reports[0]).toMatchObject({ outcomes: { created: 1 } })
    expect(await app.user('alice')).toBeDefined()
  })

  it('replays and reconciles when nobody asks for the reports', async () => {
    logto.log(logto.create('alice'), 'Error')
    logto.create('bob')
    const schedule = start({ hookId: 'hook', replayEvery: HOUR_MS, reconcileEvery: HOUR_MS })
    await until(async () => (await cursors()).includes('retention'))
    await schedule.stop()
    expect(logto.requests).toMatchObject({ recentDeliveries: 1, users: 1 })
    expect(await app.users()).toMatchObject([{ logtoId: 'alice' }, { logtoId: 'bob' }])
  })

  it('does nothing more once it is stopped', async () => {
    const reports: ReplayReport[] = []
    const schedule = start({ hookId: 'hook', replayEvery: 1, onReplay: (report) => reports.push(report) })
    await until(() => reports.length >= 1)
    await schedule.stop()
    const { length } = reports
    // As long as another one with the same period takes for three replays.
    let others = 0
    const other = start({ hookId: 'other', replayEvery: 1, onReplay: () => others++ })
    await until(() => others >= 3)
    await other.stop()
    expect(reports).toHaveLength(length)
  })

  it('aborts the running task when it is stopped, also one that waits for Logto', async () => {
    logto.log(logto.create('alice'), 'Error')
    const errors: unknown[] = []
    let isWaiting = false
    // Like a Logto that does not answer: only the signal ends it.
    logto.getUser = (_, { signal } = {}) =>
      new Promise((_, reject) => {
        isWaiting = true
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const schedule = start({ hookId: 'hook', replayEvery: HOUR_MS, onError: (error) => errors.push(error) })
    await until(() => isWaiting)
    await schedule.stop()
    expect(errors).toEqual([])
    expect(await app.user('alice')).toBeUndefined()
  })

  it('runs one task at a time', async () => {
    let underway = 0
    let most = 0
    const watched = async function* <T>(items: AsyncIterable<T>) {
      most = Math.max(most, ++underway)
      await new Promise((resolve) => setTimeout(resolve, 5))
      yield* items
      underway--
    }
    const { users, recentDeliveries } = logto
    logto.users = () => watched(users.call(logto))
    logto.recentDeliveries = (hookId) => watched(recentDeliveries.call(logto, hookId))
    let runs = 0
    const schedule = start({
      hookId: 'hook',
      replayEvery: 1,
      reconcileEvery: 1,
      onReplay: () => runs++,
      onReconcile: () => runs++,
    })
    await until(() => runs >= 6)
    await schedule.stop()
    expect(most).toBe(1)
  })

  it('reconciles at the first start, and not at the next one within the period', async () => {
    logto.create('alice')
    const reports: ReconcileReport[] = []
    const onReconcile = (report: ReconcileReport) => reports.push(report)
    const first = start({ reconcileEvery: 24 * HOUR_MS, onReconcile })
    await until(() => reports.length === 1)
    await until(async () => (await cursors()).includes('retention'))
    await first.stop()
    let replays = 0
    const second = start({
      hookId: 'hook',
      replayEvery: 1,
      reconcileEvery: 24 * HOUR_MS,
      onReconcile,
      onReplay: () => replays++,
    })
    await until(() => replays >= 3)
    await second.stop()
    expect(reports).toMatchObject([{ created: 1 }])
  })

  it('reports what fails, and goes on', async () => {
    logto.failure = new Error('connect ECONNREFUSED')
    logto.log(logto.create('alice'), 'Error')
    const errors: unknown[] = []
    const reports: ReplayReport[] = []
    const schedule = start({
      hookId: 'hook',
      replayEvery: 1,
      onReplay: (report) => reports.push(report),
      onError: (error, task) => errors.push([task, error]),
    })
    await until(() => errors.length >= 2)
    logto.failure = undefined
    await until(() => reports.length >= 1)
    await schedule.stop()
    expect(errors[0]).toMatchObject(['replay', { code: 'logto_unavailable' }])
    expect(await app.user('alice')).toBeDefined()
  })

  it('reports each delivery and each user that could not be applied', async () => {
    logto.log(logto.create('poison'), 'Error')
    mapUser = () => {
      throw new Error('no such tenant')
    }
    const errors: unknown[] = []
    const schedule = start({
      hookId: 'hook',
      replayEvery: HOUR_MS,
      reconcileEvery: HOUR_MS,
      onError: (error, task) => errors.push([task, error]),
    })
    await until(() => errors.length >= 2)
    await schedule.stop()
    expect(errors).toMatchObject([
      ['replay', { code: 'columns_invalid' }],
      ['reconcile', { code: 'columns_invalid' }],
    ])
  })

  it('reports each user to the onError of its reconcile options, where there is one', async () => {
    logto.create('poison')
    mapUser = () => {
      throw new Error('no such tenant')
    }
    const errors: unknown[] = []
    let reconciles = 0
    const schedule = start({
      reconcileEvery: HOUR_MS,
      reconcile: { onError: (error, logtoId) => errors.push([logtoId, error]) },
      onReconcile: () => reconciles++,
      onError: (error) => errors.push(error),
    })
    await until(() => reconciles === 1)
    await schedule.stop()
    expect(errors).toMatchObject([['poison', { code: 'columns_invalid' }]])
  })

  it('writes one entry to the console when there is no onError', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    logto.log(logto.create('poison'), 'Error')
    mapUser = () => {
      throw new Error('no such tenant')
    }
    const schedule = start({ hookId: 'hook', replayEvery: HOUR_MS })
    await until(() => print.mock.calls.length >= 1)
    await schedule.stop()
    expect(print.mock.calls[0]?.[0]).toMatch(
      /^interaqt-logto: replay failed: columns_invalid: mapUser threw for Logto user poison: no such tenant\n {4}at /,
    )
    print.mockRestore()
  })

  it('goes on when a callback throws', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    let replays = 0
    let errors = 0
    const schedule = start({
      hookId: 'hook',
      replayEvery: 1,
      onReplay() {
        replays++
        throw new Error('onReplay is broken')
      },
      onError() {
        errors++
        throw new Error('onError is broken')
      },
    })
    await until(() => replays >= 3)
    await schedule.stop()
    expect(errors).toBeGreaterThanOrEqual(2)
    expect(print).toHaveBeenCalledWith(
      expect.stringContaining('onError of the schedule threw: onError is broken'),
    )
    print.mockRestore()
  })

  it('deletes event rows that are past their retention', async () => {
    logto.now = 0
    await app.sync.apply(logto.create('old'))
    logto.now = Date.now()
    await app.sync.apply(logto.create('new'))
    expect(await app.events()).toHaveLength(2)
    const schedule = start({})
    await until(async () => (await cursors()).includes('retention'))
    await schedule.stop()
    expect(await app.events()).toMatchObject([{ logtoId: 'new' }])
  })

  it('refuses to replay a hook that it is not told', () => {
    expect(() => app.sync.schedule({ replayEvery: 1 })).toThrow(/hookId/)
  })

  async function cursors() {
    const rows = await app.controller.system.storage.find('LogtoSyncCursor', undefined, undefined, ['name'])
    return rows.map(({ name }) => name)
  }
})
