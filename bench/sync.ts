/**
 * `npx tsx bench/sync.ts`: the sync on a PostgreSQL of its own, as ratios in one run. About three minutes; with one of
 * the words `events`, `reconcile`, `memory` only that part.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client } from '../src/server/index.js'
import { startPostgres } from '../test/support/start-postgres.js'
import { interleaved, median, ratioOf } from './interleaved.js'
import { renamed, seedUsers, startBenchApp } from './sync-app.js'
import { FAILURES } from './sync-logto.js'

const USERS = 20_000
const MANY_USERS = 200_000
const EVENTS_A_ROUND = 400

const parts = { events: benchEvents, reconcile: benchReconcileAndReplay, memory: benchMemory }
const [onlyPart] = process.argv.slice(2)
const { address, remove } = await startPostgres()
try {
  for (const [name, bench] of Object.entries(parts)) {
    if (!onlyPart || onlyPart === name) await bench()
  }
} finally {
  await remove()
}

/** Events of known users, one at a time and eight at a time, against as many dispatches with one update each. */
async function benchEvents(): Promise<void> {
  const app = await startBenchApp({ ...address, name: 'events' }, silent(), true)
  await seedUsers(app, EVENTS_A_ROUND)
  let updatedAt = 1_800_000_000_000
  for (const concurrency of [1, 8]) {
    const events = async () => {
      updatedAt += 60_000
      const at = updatedAt
      await inParallel(EVENTS_A_ROUND, concurrency, async (index) => {
        const outcome = await app.sync.apply(renamed(index, at))
        if (outcome !== 'updated') throw new Error(`expected an update, got ${outcome}`)
      })
      return EVENTS_A_ROUND
    }
    const dispatches = async () => {
      await inParallel(EVENTS_A_ROUND, concurrency, async (index) => {
        const { error } = await app.controller.dispatch(app.bare, {
          id: index + 1,
          name: `Bare ${updatedAt}`,
        })
        if (error) throw error
      })
      return EVENTS_A_ROUND
    }
    const [ours, bare] = await interleaved(events, dispatches)
    const rates = `${Math.round(median(ours.map(({ rate }) => rate)))}/s of ${Math.round(median(bare.map(({ rate }) => rate)))}/s`
    print(
      `events applied / bare dispatches, ${concurrency} at a time`,
      ratioOf('rate', ours, bare),
      '>= 0.5',
      rates,
    )
  }
  await app.database.close()
}

/** A reconcile that finds 1 % changed against reading the same pages, and a replay against both. */
async function benchReconcileAndReplay(): Promise<void> {
  const logto = await startLogto(USERS, 19, 7, 3.4)
  const client = new Client(logto.url, 'machine', 'secret', 'http://127.0.0.1:4000')
  const app = await startBenchApp({ ...address, name: 'reconcile' }, client, true)
  const fetchPages = async () => {
    let count = 0
    for await (const _ of client.users()) count++
    return count
  }
  const reconcile = async () => {
    const report = await app.sync.reconcile()
    if (report.updated !== USERS / 100)
      throw new Error(`expected ${USERS / 100} updates: ${JSON.stringify(report)}`)
    return report.scanned
  }
  const ratios: number[] = []
  const shares: number[] = []
  const times: string[] = []
  for (let round = 0; round <= 5; round++) {
    await seedUsers(app, USERS)
    await app.database.query('DELETE FROM "LogtoSyncCursor"')
    const fetchMs = await timed(fetchPages)
    const reconcileMs = await timed(reconcile)
    const replayMs = await timed(async () => {
      const report = await app.sync.replay({ hookId: 'hook' })
      if (report.outcomes.updated !== FAILURES) throw new Error(`replay: ${JSON.stringify(report)}`)
    })
    if (round === 0) continue
    ratios.push(fetchMs / reconcileMs)
    shares.push(replayMs / reconcileMs)
    times.push(`${Math.round(fetchMs)}/${Math.round(reconcileMs)}/${Math.round(replayMs)}`)
  }
  const ms = `ms fetched/reconciled/replayed: ${times.join(' ')}`
  print(`fetching ${USERS} users / reconciling them, 1 % changed`, median(ratios), '>= 0.7', ms)
  print(`replay of ${FAILURES} failures / reconcile`, median(shares), '< 0.05', '')
  await app.database.close()
  logto.stop()
}

/** Peak memory of a process that reconciles, at two sizes. */
async function benchMemory(): Promise<void> {
  const peaks: number[] = []
  for (const count of [USERS, MANY_USERS]) {
    const database = { ...address, name: `memory_${count}` }
    const logto = await startLogto(count, 0, 0, 0)
    const app = await startBenchApp(database, silent(), true)
    await seedUsers(app, count)
    await app.database.close()
    const { message } = await inProcess<{ peakKilobytes: number; scanned: number }>('sync-memory.ts', [
      logto.url,
      JSON.stringify(database),
    ])
    if (message.scanned !== count) throw new Error(`scanned ${message.scanned} of ${count}`)
    peaks.push(message.peakKilobytes / 1024)
    logto.stop()
  }
  const [small = Number.NaN, large = Number.NaN] = peaks
  const megabytes = `${small.toFixed(0)} and ${large.toFixed(0)} MB`
  print(`peak memory, reconcile of ${MANY_USERS} users / of ${USERS}`, large / small, '<= 1.3', megabytes)
}

async function startLogto(...options: number[]): Promise<{ url: string; stop(): void }> {
  const { child, message } = await inProcess<string>('sync-logto.ts', options.map(String))
  return { url: message, stop: () => child.kill() }
}

/** Runs a file of this folder as a process of its own, until it says something. */
async function inProcess<Message>(file: string, args: string[]) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, args, { execArgv: ['--import', 'tsx'] })
  const [message]: [Message] = await Promise.race([
    once(child, 'message') as Promise<[Message]>,
    once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended`))),
  ])
  return { child, message }
}

function silent(): Client {
  return new Client('http://127.0.0.1:1', 'machine', 'secret', 'http://127.0.0.1:4000')
}

async function inParallel(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function print(what: string, ratio: number, wanted: string, detail: string): void {
  console.log(`${what}: ${ratio.toFixed(3)} (wanted ${wanted})${detail && `, ${detail}`}`)
}
