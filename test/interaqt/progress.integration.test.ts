import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import type { ReconcileProgress, ReconcileReport } from '../../src/interaqt/index.js'
import { Client } from '../../src/server/index.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

describe("the progress of a reconcile with the server's Client", () => {
  let database: TestDatabase
  let logto: EmbeddedLogto
  let app: TestApp

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      applications: [
        { id: 'machine', name: 'API', type: 'MachineToMachine', secret: 'secret', managementApi: true },
      ],
    })
    for (let index = 0; index < 250; index++) logto.state.users.create({ username: `user_${index}` })
    const client = new Client(logto.url, 'machine', 'secret', 'http://127.0.0.1:4000')
    app = await startApp(database.open(), { logto: client })
  })
  beforeEach(async () => {
    for (const table of ['User', 'LogtoSyncCursor']) await database.query(`DELETE FROM "${table}"`)
  })
  afterAll(async () => {
    await logto?.close()
    await database?.drop()
  })

  it('has the total that Logto counted, the time so far and the requests', async () => {
    const steps: ReconcileProgress[] = []
    const report = await app.sync.reconcile({ onProgress: (step) => steps.push(step) })
    expect(steps.map(({ phase, total }) => [phase, total])).toEqual([
      ['users', 250],
      ['users', 250],
      ['users', 250],
      ['deletions', 250],
    ])
    expect(steps.at(2)).toMatchObject({ scanned: 250, created: 250 })
    expect(steps.every(({ ms }, index) => ms > (steps[index - 1]?.ms ?? 0))).toBe(true)
    expect(report).toMatchObject({ scanned: 250, created: 250, requests: 3 })
  })

  it('reaches the callbacks of a scheduled reconcile, whose options count', async () => {
    await app.sync.reconcile()
    const gone = logto.state.users.newestFirst().slice(0, 20)
    for (const { id } of gone) logto.state.users.delete(id)
    const steps: ReconcileProgress[] = []
    const reports: ReconcileReport[] = []
    const schedule = app.sync.schedule({
      reconcileEvery: 3_600_000,
      reconcile: { allowMassDeletion: true, onProgress: (step) => steps.push(step) },
      onReconcile: (report) => reports.push(report),
    })
    await vi.waitUntil(() => reports.length > 0, { timeout: 30_000 })
    await schedule.stop()
    expect(reports).toMatchObject([{ scanned: 230, deleted: 20 }])
    expect(steps[0]).toMatchObject({ phase: 'users', total: 230 })
  })
})
