import fc from 'fast-check'
import type { Database } from 'interaqt'
import { SQLiteDB } from 'interaqt/drivers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { Client } from '../../src/server/index.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { histories, play, type Stage, slowly } from '../support/interaqt-app-history.js'
import { silentLogger } from '../support/interaqt-app-logger.js'
import { listenForWebhooks, type WebhookListener } from '../support/interaqt-app-webhooks.js'
import { openPglite } from '../support/pglite.js'
import { createDatabase } from '../support/postgres.js'

/** `SYNC_HISTORIES=500` for the nightly size. */
const HISTORIES = Number(process.env.SYNC_HISTORIES ?? 50)
const SIGNING_KEY = 'signing-key-of-the-model-test'

interface Databases {
  processes: Database[]
  clear(): Promise<unknown>
  close(): Promise<unknown>
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

const setups: { name: string; count: number; isMissing?: boolean; open(): Promise<Databases> }[] = [
  {
    name: 'two processes on PostgreSQL',
    count: HISTORIES,
    async open(): Promise<Databases> {
      const database = await createDatabase(inject('postgres'))
      return {
        processes: [database.open(), database.open()],
        clear: () => database.query('DELETE FROM "User"'),
        close: () => database.drop(),
      }
    },
  },
  {
    name: 'one process on SQLite',
    // Its stand-in says what to install.
    isMissing: !(await hasSqlite()),
    count: Math.ceil(HISTORIES / 5),
    async open(): Promise<Databases> {
      const database = new SQLiteDB(':memory:', { logger: silentLogger })
      return {
        processes: [database],
        clear: async () => database.db.exec('DELETE FROM "User"'),
        close: () => database.close(),
      }
    },
  },
  {
    name: 'one process on PGLite',
    count: Math.ceil(HISTORIES / 5),
    async open(): Promise<Databases> {
      const database = openPglite()
      return {
        processes: [database],
        clear: () => database.query('DELETE FROM "User"'),
        close: () => database.close(),
      }
    },
  },
]

for (const { name, count, open, isMissing = false } of setups)
  describe.skipIf(isMissing)(name, () => {
    let databases: Databases
    let logto: EmbeddedLogto
    let listener: WebhookListener
    let stage: Stage

    beforeAll(async () => {
      logto = await startEmbeddedLogto({
        port: 0,
        log: () => {},
        applications: [
          { id: 'machine', name: 'API', type: 'MachineToMachine', secret: 'secret', managementApi: true },
        ],
      })
      const client = new Client(logto.url, 'machine', 'secret', 'http://127.0.0.1:4000')
      databases = await open()
      const apps: TestApp[] = []
      for (const database of databases.processes) {
        apps.push(await startApp(database, { logto: slowly(client), install: apps.length === 0 }))
      }
      listener = await listenForWebhooks(
        SIGNING_KEY,
        apps.map((app) => (event) => app.sync.apply(event)),
      )
      stage = {
        logto,
        client,
        apps,
        webhookUrl: listener.url,
        signingKey: SIGNING_KEY,
        clear: databases.clear,
      }
    })
    afterAll(async () => {
      await listener.close()
      await logto.close()
      await databases.close()
    })

    it(
      `shows Logto's users after ${count} histories of lost, repeated, late and reordered deliveries`,
      async () => {
        let repaired = 0
        await fc.assert(
          fc.asyncProperty(histories, async (history) => {
            const { expected, actual } = await play(stage, history)
            expect(actual).toEqual(expected)
            repaired++
          }),
          // Histories race with the clock: a smaller one that fails too says nothing about this one.
          { numRuns: count, endOnFailure: true, ...seedFromEnvironment() },
        )
        expect(repaired).toBe(count)
      },
      HISTORIES * 10_000,
    )
  })

function seedFromEnvironment() {
  return process.env.SYNC_SEED === undefined ? {} : { seed: Number(process.env.SYNC_SEED) }
}
