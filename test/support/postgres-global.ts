import type { TestProject } from 'vitest/node'
import { type PostgresAddress, startPostgres } from './start-postgres.js'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresAddress
  }
}

/** One real PostgreSQL for the whole run; each test makes its own database in it (`createDatabase`). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { address, remove } = await startPostgres({ flags: ['-c', 'fsync=off', '-c', 'max_connections=200'] })
  project.provide('postgres', address)
  return remove
}
