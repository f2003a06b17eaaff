import type { Database, DatabaseLogger } from 'interaqt'
import { PGLiteDB, PostgreSQLDB } from 'interaqt/drivers'
import pg from 'pg'

export interface OpenDatabase {
  database: Database & { close(): Promise<void> }
  /** Whether it has no tables yet, so that the application may install its own: installing drops what is there. */
  isEmpty: boolean
}

/** The PostgreSQL at `databaseUrl`; without one, a PGLite in memory, which forgets everything when the process ends. */
export async function openDatabase(databaseUrl: string | undefined): Promise<OpenDatabase> {
  if (!databaseUrl) return { database: new PGLiteDB(undefined, { logger }), isEmpty: true }
  const { hostname, port, username, password, pathname } = new URL(databaseUrl)
  const database = new RestartSafePostgreSQL(pathname.slice(1), {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    logger,
  })
  return { database, isEmpty: await isEmpty(databaseUrl) }
}

/**
 * Outlives a restart of PostgreSQL: node-postgres reports a connection that is lost in mid-transaction as an `error` event
 * too, and an event that nobody listens to ends the process.
 */
class RestartSafePostgreSQL extends PostgreSQLDB {
  override async open(forceDrop?: boolean): Promise<void> {
    await super.open(forceDrop)
    this.#listen()
  }

  override async openForSchemaRead(): Promise<void> {
    await super.openForSchemaRead()
    this.#listen()
  }

  #listen(): void {
    if (this.pool?.listenerCount('connect') !== 0) return
    this.pool.on('connect', (client) => {
      client.on('error', (error) => console.error(`database: ${error.message}`))
    })
  }
}

async function isEmpty(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl })
  try {
    await client.connect()
    const { rowCount } = await client.query("SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1")
    return rowCount === 0
  } catch (error) {
    const doesNotExist = error instanceof pg.DatabaseError && error.code === '3D000'
    if (doesNotExist) return true
    throw error
  } finally {
    await client.end()
  }
}

const logger: DatabaseLogger = {
  info: () => {},
  error: ({ name, error }) => console.error(`database: ${name}: ${error}`),
  child: () => logger,
}
