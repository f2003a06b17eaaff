import fc from 'fast-check'
import type { Database } from 'interaqt'
import { SQLiteDB } from 'interaqt/drivers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { Client } from '../../src/server/index.js'
import { freePort } from '../support/free-port.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { startChildApp } from '../support/interaqt-app-child.js'
import { histories, play, type Stage } from '../support/interaqt-app-history.js'
import { silentLogger } from '../support/interaqt-app-logger.js'
import { slowly } from '../support/interaqt-app-logto-slow.js'
import type { ProcessCalls } from '../support/interaqt-app-process.js'
import { balanceWebhooks, listenForWebhooks } from '../support/interaqt-app-webhooks.js'
import { isLongRun } from '../support/long-run.js'
import { openPglite } from '../support/pglite.js'
import { createDatabase } from '../support/postgres.js'

/** `SYNC_HISTORIES=500` for the nightly size; `SYNC_SEED` repeats the one that a failure prints. */
const HISTORIES = Number(process.env.SYNC_HISTORIES ?? (isLongRun ? 150 : 15))
const SEED = process.env.SYNC_SEED
const SIGNING_KEY = 'signing-key-of-the-model-test'

/** The application on one kind of database. */
interface Setup extends Pick<Stage, 'apps' | 'users' | 'webhookUrl' | 'clear'> {
  /** What the processes did not handle. */
  faults(): string[]
  close(): Promise<unknown>
}

const setups: { name: string; isMissing?: boolean; start(logto: EmbeddedLogto): Promise<Setup> }[] = [
  { name: 'two processes on PostgreSQL', start: startProcesses },
  {
    name: 'one process on SQLite',
    // Its stand-in says what to install.
    isMissing: !(await hasSqlite()),
    async start(logto) {
      const database = new SQLiteDB(':memory:', { logger: silentLogger })
      return startHere(logto, database, async () => database.db.exec('DELETE FROM "User"'))
    },
  },
  {
    name: 'one process on PGLite',
    async start(logto) {
      const database = openPglite()
      return startHere(logto, database, () => database.query('DELETE FROM "User"'))
    },
  },
]

// At once: each has a Logto and a database of its own, and spends most of its time waiting.
for (const { name, start, isMissing = false } of setups)
  describe.concurrent(name, () => {
    let logto: EmbeddedLogto
    let setup: Setup

    beforeAll(async () => {
      if (isMissing) return
      logto = await startEmbeddedLogto({
        port: 0,
        log: () => {},
        applications: [
          { id: 'machine', name: 'API', type: 'MachineToMachine', secret: 'secret', managementApi: true },
        ],
      })
      setup = await start(logto)
    })
    afterAll(async () => {
      await setup?.close()
      await logto?.close()
    })

    it.skipIf(isMissing)(
      `shows Logto's users after ${HISTORIES} histories of lost, repeated, late and reordered deliveries`,
      async () => {
        const stage: Stage = { logto, client: clientOf(logto), signingKey: SIGNING_KEY, ...setup }
        let repaired = 0
        await fc.assert(
          fc.asyncProperty(histories, async (history) => {
            const { expected, actual } = await play(stage, history)
            expect(actual).toEqual(expected)
            expect(setup.faults()).toEqual([])
            repaired++
          }),
          // Histories race with the clock: a smaller one that fails too says nothing about this one.
          { numRuns: HISTORIES, endOnFailure: true, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
        )
        expect(repaired).toBe(HISTORIES)
      },
      HISTORIES * 10_000,
    )
  })

/** Two operating system processes on one PostgreSQL, behind a load balancer. */
async function startProcesses(logto: EmbeddedLogto): Promise<Setup> {
  const postgres = inject('postgres')
  const database = await createDatabase(postgres)
  const reader = await startApp(database.open(), { logto: clientOf(logto) })
  const ports = [await freePort(), await freePort()]
  const children = await Promise.all(
    ports.map((port) =>
      startChildApp({
        postgres,
        database: database.name,
        logtoUrl: logto.url,
        signingKey: SIGNING_KEY,
        port,
        isLogtoSlow: true,
      }),
    ),
  )
  const balancer = await balanceWebhooks(ports)
  return {
    apps: children,
    users: reader.users,
    webhookUrl: balancer.url,
    clear: () => database.query('DELETE FROM "User"'),
    faults: () => children.flatMap((child) => child.faults),
    async close() {
      await balancer.close()
      await Promise.all(children.map((child) => child.kill('SIGKILL')))
      await database.drop()
    },
  }
}

/** One process, this one: in-memory databases have no room for another. Vitest reports what it does not handle. */
async function startHere(
  logto: EmbeddedLogto,
  database: Database & { close(): Promise<unknown> },
  clear: Stage['clear'],
): Promise<Setup> {
  const app = await startApp(database, { logto: slowly(clientOf(logto)) })
  const listener = await listenForWebhooks(SIGNING_KEY, (event) => app.sync.apply(event))
  return {
    apps: [callsOf(app)],
    users: app.users,
    webhookUrl: listener.url,
    clear,
    faults: () => [],
    async close() {
      await listener.close()
      await database.close()
    },
  }
}

function callsOf({ sync }: TestApp): ProcessCalls {
  return {
    async replay(hookId) {
      const { failedDeliveries, failed } = await sync.replay({ hookId })
      return { replayed: failedDeliveries, failed }
    },
    async reconcile() {
      const { failed } = await sync.reconcile()
      return { replayed: 0, failed }
    },
    async ensureUser(logtoId) {
      await sync.ensureUser(logtoId)
      return { replayed: 0, failed: 0 }
    },
  }
}

function clientOf(logto: EmbeddedLogto): Client {
  return new Client(logto.url, 'machine', 'secret', 'http://127.0.0.1:4000')
}

async function hasSqlite(): Promise<boolean> {
  try {
    const database = new SQLiteDB(':memory:', { logger: silentLogger })
    await database.open()
    await database.close()
    return true
  } catch {
    return false
  }
}
