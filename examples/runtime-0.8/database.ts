import { PGlite } from '@electric-sql/pglite'
import { PostgreSQLDB } from '@interaqt/runtime'

const BOOLEAN = 16
const TEXT = 25

/** Says nothing but errors; the runtime's own logger prints every statement with its parameters. */
export const quietLogger = {
  info() {},
  error(message: unknown) {
    console.error(message)
  },
  child: () => quietLogger,
}

/** The runtime's PostgreSQL driver on an embedded PostgreSQL, so that the example needs no database server. */
export class PGLiteDB extends PostgreSQLDB {
  readonly #directory: string | undefined

  /** @param directory - where the data is kept; undefined keeps it in memory. */
  constructor(directory?: string) {
    super('postgres', { logger: quietLogger })
    this.#directory = directory
  }

  override async open(): Promise<void> {
    // The driver writes values as `pg` does, as text of any kind; PGlite would insist on the column's type.
    const serializers = { [BOOLEAN]: String, [TEXT]: String }
    Object.assign(this, { db: await PGlite.create({ dataDir: this.#directory, serializers }) })
    await this.idSystem.setup()
  }
}
