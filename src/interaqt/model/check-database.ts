import { isObject } from '../../logto/is-object.js'
import { messageOf, SyncError } from '../errors.js'
import type { InteraqtController, InteraqtStorage } from '../interaqt-model.js'
import { withRetries } from '../records/retries.js'
import { namesOf, type SyncParts } from './sync-parts.js'
import { propertiesOf } from './user-entity.js'

/** Whether a table has a unique index on one column: parameters are the table and the column. */
const UNIQUE_INDEX_SQL: Record<string, string | undefined> = {
  postgres: `SELECT 1 FROM pg_index i
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
    WHERE i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND pg_table_is_visible(t.oid)
      AND t.relname = $1 AND a.attname = $2`,
  sqlite: `SELECT 1 FROM pragma_index_list(?) l JOIN pragma_index_info(l.name) c
    WHERE l."unique" = 1 AND c.name = ?`,
}

/**
 * Checks that the tables have what the model says: the columns of the sync and of `mapUser`, the sync's own tables, and
 * the unique index.
 *
 * @param columns - of the application, which `mapUser` fills.
 * @throws SyncError `schema_mismatch`, which names what is missing and how to migrate; `database_unavailable`.
 */
export async function checkDatabase(
  { userEntity, properties, entities }: SyncParts,
  { system: { storage }, entities: model = [] }: InteraqtController,
  columns: readonly string[],
): Promise<void> {
  if (storage.schema?.records.length === 0) {
    throw new SyncError(
      'schema_mismatch',
      'The tables are not set up: call `await controller.setup(true)` for an empty database, `setup(false)` afterwards, ' +
        'before sync.attach(controller)',
    )
  }
  const user = model.find(({ name }) => name === userEntity)
  // mapUser may name relations too, which are no columns.
  const own = user ? propertiesOf(user).filter(({ name }) => columns.includes(name)) : []
  const missing = await missingColumns(storage, userEntity, namesOf([...properties, ...own]))
  for (const entity of entities) {
    missing.push(...(await missingColumns(storage, entity.name, namesOf(entity.properties))))
  }
  if (missing.length === 0 && (await lacksUniqueIndex(storage, userEntity))) {
    missing.push(`the unique index on logtoId of ${userEntity}`)
  }
  if (missing.length === 0) return
  throw new SyncError(
    'schema_mismatch',
    `The database lacks ${missing.join(', ')}: it is older than the model. Migrate it once: docs/sync.md, ` +
      '"An application that has users already", has the code (controller.generateMigrationDiff, controller.migrate)',
  )
}

/** Reads all columns, and where that fails each: one that cannot be read alone is not there. */
async function missingColumns(
  storage: InteraqtStorage,
  entity: string,
  columns: readonly string[],
): Promise<string[]> {
  const failure = await readingFailure(storage, entity, columns)
  if (failure === undefined) return []
  if (await readingFailure(storage, entity, ['id'])) return [`the table of ${entity}`]
  const missing: string[] = []
  for (const column of columns) {
    if (await readingFailure(storage, entity, [column])) missing.push(`${entity}.${column}`)
  }
  return missing.length > 0 ? missing : [`what a query of ${entity} needs (${messageOf(failure)})`]
}

/** @throws SyncError `database_unavailable`. */
async function readingFailure(
  storage: InteraqtStorage,
  entity: string,
  columns: readonly string[],
): Promise<SyncError | undefined> {
  try {
    await withRetries(() => storage.find(entity, undefined, { limit: 1 }, [...columns]))
    return undefined
  } catch (error) {
    if (error instanceof SyncError && error.code === 'write_refused') return error
    throw error
  }
}

/** Reads the database's catalog. False also where it cannot be read: the model has the constraint. */
async function lacksUniqueIndex(storage: InteraqtStorage, userEntity: string): Promise<boolean> {
  const constraint = storage.schema?.constraints.find(
    ({ recordName, properties }) => recordName === userEntity && properties?.join() === 'logtoId',
  )
  const sql = UNIQUE_INDEX_SQL[storage.schema?.dialect.name ?? '']
  if (!constraint || sql === undefined || !hasDatabase(storage)) return false
  try {
    const values = [constraint.tableName, constraint.fields?.[0]]
    return (await storage.db.query(sql, values, 'check the unique index of the sync')).length === 0
  } catch {
    return false
  }
}

/** Interaqt's storage has the driver, though its type does not say so. */
function hasDatabase(storage: object): storage is {
  db: { query(sql: string, values: unknown[], name: string): Promise<unknown[]> }
} {
  return 'db' in storage && isObject(storage.db) && typeof storage.db.query === 'function'
}
