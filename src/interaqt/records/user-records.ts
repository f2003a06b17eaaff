import type { LogtoUser } from '../../logto/index.js'
import { isObject } from '../../logto/is-object.js'
import { SyncError } from '../errors.js'
import type { InteraqtController, InteraqtEventSource, InteraqtRow } from '../interaqt-model.js'
import { findConstraintViolationError, where } from '../interaqt-peer.js'
import { type RecordWrite, type StateChange, writeOf } from './record-write.js'
import { withRetries } from './retries.js'
import { OWN_COLUMNS, toUserRecord, type UserRecord } from './user-record.js'

/** Returns column values that identify a User record from before Logto. */
export type AdoptUser = (
  user: LogtoUser,
) => Record<string, unknown> | undefined | Promise<Record<string, unknown> | undefined>

/** Records that a scan reads at a time. */
const SCAN_BATCH = 1_000
/** Writes in one transaction: more would hold their locks for long. */
const WRITE_BATCH = 25

/** Reads and writes User records through the application's Controller. */
export class UserRecords {
  readonly #entityName: string
  readonly #eventSource: InteraqtEventSource
  readonly #adopt: AdoptUser | undefined
  #controller: InteraqtController | undefined

  constructor(entityName: string, eventSource: InteraqtEventSource, adopt: AdoptUser | undefined) {
    this.#entityName = entityName
    this.#eventSource = eventSource
    this.#adopt = adopt
  }

  attach(controller: InteraqtController): void {
    this.#controller = controller
  }

  /** Whether records from before Logto are looked for. */
  get hasAdoption(): boolean {
    return this.#adopt !== undefined
  }

  /** @throws SyncError `not_attached`. */
  get controller(): InteraqtController {
    if (this.#controller) return this.#controller
    throw new SyncError('not_attached', 'Call sync.attach(controller) once the Controller is set up.')
  }

  /** @throws SyncError `database_unavailable`, `not_attached`. */
  async find(logtoId: string): Promise<UserRecord | undefined> {
    const match = where('logtoId', '=', logtoId)
    const row = await this.#read((controller) =>
      controller.system.storage.findOne(this.#entityName, match, undefined, ['*']),
    )
    return row ? toUserRecord(row) : undefined
  }

  /**
   * Reads the records of these Logto users in one query.
   *
   * @param columns - the application's columns to read. Default: all.
   */
  async findAll(logtoIds: readonly string[], columns?: readonly string[]): Promise<Map<string, UserRecord>> {
    if (logtoIds.length === 0) return new Map()
    const match = where('logtoId', 'in', logtoIds)
    const attributes = columns ? [...OWN_COLUMNS, ...columns] : ['*']
    const rows = await this.#read((controller) =>
      controller.system.storage.find(this.#entityName, match, undefined, attributes),
    )
    return new Map(rows.map((row) => [String(row.logtoId), toUserRecord(row)]))
  }

  /**
   * Finds the record from before Logto that `adopt` identifies as this user's.
   *
   * @throws SyncError `record_ambiguous`.
   */
  async findAdoptable(user: LogtoUser): Promise<InteraqtRow | undefined> {
    const columns = Object.entries((await this.#adopt?.(user)) ?? {})
    // An empty value would match every record in which it is empty too.
    if (columns.length === 0 || columns.some(([, value]) => (value ?? '') === '')) return undefined
    const match = columns.reduce(
      (expression, [key, value]) => expression.and({ key, value: ['=', value] }),
      where('logtoId', '=', null),
    )
    const [row, other] = await this.#read((controller) =>
      controller.system.storage.find(this.#entityName, match, { limit: 2 }, ['*']),
    )
    if (!other) return row
    const names = columns.map(([name]) => name).join(', ')
    throw new SyncError(
      'record_ambiguous',
      `adopt matches more than one User record by ${names} for Logto user ${user.id}.`,
    )
  }

  /** Reads the Logto user ids of all records that are not marked as deleted, a batch at a time. */
  async *activeIds(): AsyncGenerator<string> {
    let last = ''
    for (;;) {
      const match = where('logtoId', '>', last).and({ key: 'isDeleted', value: ['=', false] })
      const modifier = { limit: SCAN_BATCH, orderBy: { logtoId: 'ASC' } }
      const rows = await this.#read((controller) =>
        controller.system.storage.find(this.#entityName, match, modifier, ['logtoId']),
      )
      for (const { logtoId } of rows) {
        last = String(logtoId)
        yield last
      }
      if (rows.length < SCAN_BATCH) return
    }
  }

  /**
   * Writes unless the record has changed since it was read.
   *
   * @returns false when it has changed: read it again and decide anew.
   * @throws SyncError `write_refused`, `database_unavailable`, `not_attached`.
   */
  async write(write: RecordWrite): Promise<boolean> {
    return withRetries(async () => {
      const { error, data } = await this.#dispatch([write])
      if (error && !isLostRace(error)) throw error
      return !error && writtenOf(data).includes(true)
    })
  }

  /**
   * Writes several changes in one transaction, for a third of the statements. A change that is refused makes the whole
   * transaction fail, so the caller writes the others one by one.
   *
   * @returns the changes that were written.
   */
  async writeTogether<Change extends StateChange>(changes: readonly Change[]): Promise<Change[]> {
    const written: Change[] = []
    for (let start = 0; start < changes.length; start += WRITE_BATCH) {
      const batch = changes.slice(start, start + WRITE_BATCH)
      const { error, data } = await this.#dispatch(batch.map((change) => writeOf(change)))
      const isWritten = error ? [] : writtenOf(data)
      written.push(...batch.filter((_, index) => isWritten[index] === true))
    }
    return written
  }

  // Interaqt returns an error from inside the transaction, and throws one from its begin and commit.
  #dispatch(writes: readonly RecordWrite[]): Promise<{ error?: unknown; data?: unknown }> {
    return this.controller.dispatch(this.#eventSource, { writes }).catch((error: unknown) => ({ error }))
  }

  #read<T>(query: (controller: InteraqtController) => Promise<T>): Promise<T> {
    const { controller } = this
    return withRetries(() => query(controller))
  }
}

// Another process created the record between our query and our insert. Any other constraint is the application's.
function isLostRace(error: unknown): boolean {
  const violation = findConstraintViolationError(error)
  return violation?.properties?.length === 1 && violation.properties[0] === 'logtoId'
}

function writtenOf(data: unknown): unknown[] {
  return isObject(data) && Array.isArray(data.isWritten) ? data.isWritten : []
}
