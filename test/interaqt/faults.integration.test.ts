import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { Client } from '../../src/server/index.js'
import { addHook } from '../../src/testing/seed/seed.js'
import { freePort } from '../support/free-port.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { answered, failuresOf, sendBurst } from '../support/interaqt-app-burst.js'
import { type ChildApp, startChildApp } from '../support/interaqt-app-child.js'
import { listenForWebhooks } from '../support/interaqt-app-webhooks.js'
import { isLongRun } from '../support/long-run.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'
import { type PostgresAddress, startPostgres } from '../support/start-postgres.js'

const SIGNING_KEY = 'signing-key-of-the-fault-matrix'
/** Events of which the first fifth has arrived when something breaks. */
const BURST = isLongRun ? 1_000 : 300
const MACHINE = {
  id: 'machine',
  name: 'API',
  type: 'MachineToMachine',
  secret: 'secret',
  managementApi: true,
} as const

// What ran in this test, last first.
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('nothing is lost and nothing doubled when', () => {
  it(`the application is killed in the middle of ${BURST} events`, async () => {
    const { database, logto, options } = await prepareChild(inject('postgres'))
    const first = await startChild(options)
    const burst = sendBurst(logto, BURST)
    await answered(logto, BURST / 5)
    await first.kill('SIGKILL')
    await burst
    const second = await startChild(options)
    print('killed with SIGKILL', logto, `replayed at start: ${second.replayed}`)
    expect(second.replayed).toBe(failuresOf(logto))
    expect(second.replayed).toBeGreaterThan(0)
    expect([first.faults, second.faults, second.log()]).toEqual([[], [], ''])
    await expectEqual(logto, database)
  })

  it(`PostgreSQL is restarted in the middle of ${BURST} events`, async () => {
    const postgres = await startPostgres({ flags: ['-c', 'fsync=off'] })
    cleanups.push(postgres.remove)
    const { database, logto, options } = await prepareChild(postgres.address)
    const app = await startChild(options)
    const burst = sendBurst(logto, BURST)
    await answered(logto, BURST / 5)
    await postgres.stop()
    // A quick machine has applied the burst by now, so some events come while the database is surely away.
    const lateBurst = sendBurst(logto, BURST / 5)
    // Logto logs failures once the sync has given up its retries.
    await vi.waitUntil(() => failuresOf(logto) > 0, { timeout: 30_000 })
    await postgres.start()
    await Promise.all([burst, lateBurst])
    expect(failuresOf(logto)).toBeGreaterThan(0)
    const replayed = await app.replay(options.hookId)
    print('PostgreSQL restarted', logto, `replayed: ${replayed.replayed}, failed again: ${replayed.failed}`)
    expect(replayed.failed).toBe(0)
    expect(app.faults).toEqual([])
    expect(app.log()).toContain('The database failed 5 times, at last with: ')
    expect(app.log()).not.toMatch(/password|postgres:\/\//)
    await expectEqual(logto, database)
  })

  it('Logto is down when the application starts', async () => {
    const database = await openDatabase()
    const port = await freePort()
    const app = await startInProcess(database, clientOf(`http://127.0.0.1:${port}`))
    const { url, errors } = await receive(app)
    const down = { code: 'logto_unavailable', status: 503 }
    await expect(app.sync.replay({ hookId: 'hook' })).rejects.toMatchObject(down)
    await expect(app.sync.ensureUser('somebody')).rejects.toMatchObject(down)
    await expect(app.sync.reconcile()).rejects.toMatchObject(down)
    const logto = await startLogto(port)
    addHook(logto.state, { url, signingKey: SIGNING_KEY })
    await sendBurst(logto, 50)
    print('Logto down at start', logto, 'replayed: 0')
    expect(codesOf(errors)).toEqual([])
    await expectEqual(logto, database)
  })

  it('the Management API alone is down', async () => {
    const { database, logto, app, errors, hook } = await startReceiving()
    logto.faults.endpoint('management', { status: 503 })
    await sendBurst(logto, 100)
    expect(failuresOf(logto)).toBe(100)
    expect(codesOf(errors)).toEqual(['logto_unavailable'])
    await expect(app.sync.replay({ hookId: hook.id })).rejects.toMatchObject({ code: 'logto_unavailable' })
    logto.faults.clear()
    const report = await app.sync.replay({ hookId: hook.id })
    print('Management API down', logto, `replayed: ${report.failedDeliveries}`)
    expect(report).toMatchObject({ failedDeliveries: 100, failed: 0 })
    await expectEqual(logto, database)
  })

  it('the secret of the machine is revoked', async () => {
    const { database, logto, app, errors, hook } = await startReceiving()
    const machine = logto.state.applications.get(MACHINE.id)
    const secrets = machine?.secrets.splice(0) ?? []
    await sendBurst(logto, 50)
    expect(failuresOf(logto)).toBe(50)
    expect(codesOf(errors)).toEqual(['logto_unavailable'])
    // The log says what is wrong, and does not say the secret.
    expect(JSON.stringify(errors.map(textOf))).toMatch(/secret/)
    expect(JSON.stringify(errors.map(textOf))).not.toContain(`"${MACHINE.secret}"`)
    machine?.secrets.push(...secrets)
    const report = await app.sync.replay({ hookId: hook.id })
    print('machine secret revoked', logto, `replayed: ${report.failedDeliveries}`)
    expect(report).toMatchObject({ failedDeliveries: 50, failed: 0 })
    await expectEqual(logto, database)
  })

  it('the signing key of the webhook is changed without telling us', async () => {
    const { database, logto, app, errors, hook } = await startReceiving()
    await sendBurst(logto, 20)
    hook.signingKey = 'another-signing-key'
    await sendBurst(logto, 50)
    expect(failuresOf(logto)).toBe(50)
    expect(codesOf(errors)).toEqual(['signature_mismatch'])
    // The replay reads the log with the machine token: it needs no key.
    const report = await app.sync.replay({ hookId: hook.id })
    print('signing key changed', logto, `replayed: ${report.failedDeliveries}`)
    expect(report).toMatchObject({ failedDeliveries: 50, failed: 0 })
    await expectEqual(logto, database)
  })

  it('the database is slow', async () => {
    const { database, logto, app, errors, hook } = await startReceiving(20)
    // Logto gives up sooner than the database answers.
    logto.state.deliveries.timeoutMs = 150
    await sendBurst(logto, 100)
    expect(failuresOf(logto)).toBeGreaterThan(0)
    const report = await app.sync.replay({ hookId: hook.id })
    print('slow database', logto, `replayed: ${report.failedDeliveries}`)
    // Nothing failed here: only Logto could not wait.
    expect(codesOf(errors)).toEqual([])
    expect(report.failed).toBe(0)
    await expectEqual(logto, database)
  })
})

async function openDatabase(address = inject('postgres')): Promise<TestDatabase> {
  const database = await createDatabase(address)
  cleanups.push(() => database.drop())
  await startApp(database.open(), { logto: clientOf('http://127.0.0.1:1') })
  return database
}

/** A database, a Logto with the hook of an application that is to run as a process of its own, and that one's options. */
async function prepareChild(postgres: PostgresAddress) {
  const database = await openDatabase(postgres)
  const logto = await startLogto()
  const port = await freePort()
  const { id: hookId } = addHook(logto.state, { url: `http://127.0.0.1:${port}`, signingKey: SIGNING_KEY })
  const options = {
    postgres,
    database: database.name,
    logtoUrl: logto.url,
    hookId,
    signingKey: SIGNING_KEY,
    port,
  }
  return { database, logto, options }
}

/** A Logto whose hook leads to an application in this process. */
async function startReceiving(slowMs = 0) {
  const database = await openDatabase()
  const logto = await startLogto()
  const app = await startInProcess(database, clientOf(logto.url), slowMs)
  const { url, errors } = await receive(app)
  const hook = addHook(logto.state, { url, signingKey: SIGNING_KEY })
  return { database, logto, app, errors, hook }
}

async function startLogto(port = 0): Promise<EmbeddedLogto> {
  const logto = await startEmbeddedLogto({ port, log: () => {}, applications: [MACHINE] })
  cleanups.push(() => logto.close())
  return logto
}

function clientOf(logtoEndpoint: string): Client {
  return new Client({
    logtoEndpoint,
    appId: MACHINE.id,
    appSecret: MACHINE.secret,
    interaqtEndpoint: 'http://127.0.0.1:4000',
    management: { retries: 0 },
  })
}

async function startChild(options: Parameters<typeof startChildApp>[0]): Promise<ChildApp> {
  const child = await startChildApp(options)
  cleanups.push(() => child.kill('SIGKILL'))
  return child
}

/** @param slowMs - milliseconds that each statement takes longer. */
function startInProcess(database: TestDatabase, logto: Client, slowMs = 0): Promise<TestApp> {
  const connection = database.open()
  for (const method of ['query', 'insert', 'update'] as const) {
    if (slowMs === 0) break
    const run = connection[method]
    Reflect.set(connection, method, async (...args: unknown[]) => {
      await new Promise((resolve) => setTimeout(resolve, slowMs))
      return Reflect.apply(run, connection, args)
    })
  }
  return startApp(connection, { logto, install: false })
}

/** Where the application receives webhooks, and what its log hears. */
async function receive(app: TestApp): Promise<{ url: string; errors: unknown[] }> {
  const errors: unknown[] = []
  const listener = await listenForWebhooks(
    SIGNING_KEY,
    (event) => app.sync.apply(event),
    (error) => errors.push(error),
  )
  cleanups.push(() => listener.close())
  return { url: listener.url, errors }
}

/** Each code once. */
function codesOf(errors: unknown[]): unknown[] {
  const causes = errors.flatMap((error) => (error instanceof AggregateError ? error.errors : [error]))
  return [...new Set(causes.map((error) => error.code))]
}

function print(fault: string, logto: EmbeddedLogto, repair: string): void {
  const sent = logto.state.deliveries.log.length
  console.log(
    `${fault}: sent ${sent}, arrived ${sent - failuresOf(logto)}, failed ${failuresOf(logto)}; ${repair}`,
  )
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ')
  return error instanceof Error ? `${error.message} ${textOf(error.cause)}` : ''
}

async function expectEqual({ state }: EmbeddedLogto, database: TestDatabase): Promise<void> {
  const reader = await startApp(database.open(), { logto: clientOf(state.endpoint), install: false })
  const rows = await reader.users()
  const actual = rows.map(({ logtoId, username, name, logtoUpdatedAt, isDeleted }) => [
    logtoId,
    username,
    name ?? null,
    logtoUpdatedAt,
    isDeleted,
  ])
  const expected = state.users
    .newestFirst()
    .map(({ id, username, name, updatedAt }) => [id, username, name, updatedAt, false])
  expect(actual.sort()).toEqual(expected.sort())
}
