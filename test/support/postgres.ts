import { randomBytes } from 'node:crypto'
import { PostgreSQLDB } from 'interaqt/drivers'
import pg from 'pg'
import { silentLogger } from './interaqt-app-logger.js'
import type { PostgresAddress } from './start-postgres.js'

export interface TestDatabase {
  name: string
  /** A connection pool of Interaqt's on it; several of them are like several processes. */
  open(): PostgreSQLDB
  /** One statement on a connection of its own. */
  query(sql: string): Promise<Record<string, unknown>[]>
  /** Closes what `open` gave and drops the database. */
  drop(): Promise<void>
}

/** A new database on the run's PostgreSQL: `createDatabase(inject('postgres'))`. */
export async function createDatabase(address: PostgresAddress): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await query(address, 'postgres', `CREATE DATABASE ${name}`)
  const opened: PostgreSQLDB[] = []
  return {
    name,
    open() {
      const database = openPostgres(address, name)
      opened.push(database)
      return database
    },
    query: (sql) => query(address, name, sql),
    async drop() {
      await Promise.all(opened.map((database) => database.close()))
      await query(address, 'postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

/** A connection pool of Interaqt's that outlives a restart of PostgreSQL; docs/sync.md shows it to applications. */
class RestartSafePostgres extends PostgreSQLDB {
  override async open(forceDrop?: boolean): Promise<void> {
    await super.open(forceDrop)
    this.#listenForLostConnections()
  }

  override async openForSchemaRead(): Promise<void> {
    await super.openForSchemaRead()
    this.#listenForLostConnections()
  }

  // node-postgres reports a connection that is lost in mid-transaction as an event too, and an error event that nobody
  // listens to ends the process.
  #listenForLostConnections(): void {
    if (this.pool?.listenerCount('connect') === 0) {
      this.pool.on('connect', (client) => client.on('error', () => {}))
    }
  }
}

export function openPostgres(address: PostgresAddress, name: string): PostgreSQLDB {
  return new RestartSafePostgres(name, { ...address, logger: silentLogger })
}

async function query(address: PostgresAddress, database: string, sql: string) {
  const client = new pg.Client({ ...address, database })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
