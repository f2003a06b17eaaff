import { SyncError } from '../errors.js'
import type { InteraqtController, InteraqtEventSource, InteraqtRow } from '../interaqt-model.js'
import { findConstraintViolationError, MatchExp } from '../interaqt-peer.js'
import type { RecordWrite } from '../sync-event.js'
import { withRetries } from './retries.js'
import { OWN_COLUMNS, toUserRecord, type UserRecord } from './user-record.js'

/** Records that a scan reads at a time. */
const SCAN_BATCH = 1_000

/** Reads and writes User records through the application's Controller. */
export class UserRecords {
  readonly #entityName: string
  readonly #eventSource: InteraqtEventSource
  #controller: InteraqtController | undefined

  constructor(entityName: string, eventSource: InteraqtEventSource) {
    this.#entityName = entityName
    this.#eventSource = eventSource
  }

  attach(controller: InteraqtController): void {
    this.#controller = controller
  }

  /** @throws SyncError `not_attached`. */
  get controller(): InteraqtController {
    if (this.#controller) return this.#controller
    throw new SyncError('not_attached', 'Call sync.attach(controller) once the Controller is set up.')
  }

  /** @throws SyncError `database_unavailable`, `not_attached`. */
  async find(logtoId: string): Promise<UserRecord | undefined> {
    const row = await this.#read((controller) =>
      controller.system.storage.findOne(this.#entityName, byLogtoId('=', logtoId), undefined, ['*']),
    )
    return row ? toUserRecord(row) : undefined
  }

  /**
   * The records of these Logto users, in one query.
   *
   * @param columns - those of the application that are needed; all without it.
   */
  async findAll(logtoIds: readonly string[], columns?: readonly string[]): Promise<Map<string, UserRecord>> {
    const match = byLogtoId('in', logtoIds)
    const attributes = columns ? [...OWN_COLUMNS, ...columns] : ['*']
    const rows = await this.#read((controller) =>
      controller.system.storage.find(this.#entityName, match, undefined, attributes),
    )
    return new Map(rows.map((row) => [String(row.logtoId), toUserRecord(row)]))
  }

  /** Rows that no Logto user has yet and whose columns have these values. */
  async findUnclaimed(columns: Record<string, unknown>, limit: number): Promise<InteraqtRow[]> {
    const match = Object.entries(columns).reduce(
      (expression, [key, value]) => expression.and({ key, value: ['=', value] }),
      MatchExp.atom({ key: 'logtoId', value: ['=', null] }),
    )
    return this.#read((controller) =>
      controller.system.storage.find(this.#entityName, match, { limit }, ['*']),
    )
  }

  /** Logto user ids of all records that are not marked as deleted, a batch at a time. */
  async *activeIds(): AsyncGenerator<string> {
    let last = ''
    for (;;) {
      const match = byLogtoId('>', last).and({ key: 'isDeleted', value: ['=', false] })
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
   * Writes if nobody else has written since the record was read.
   *
   * @returns whether it was written; if not, read the record again and decide anew.
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
   * Writes several records in one transaction, for a third of the statements.
   *
   * @returns for each whether it was written. What was not, be it that the transaction failed, is to be written alone:
   * one that is refused takes the others with it here.
   */
  async writeTogether(writes: readonly RecordWrite[]): Promise<boolean[]> {
    if (writes.length === 0) return []
    const { error, data } = await this.#dispatch(writes)
    const isWritten = error ? [] : writtenOf(data)
    return writes.map((_, index) => isWritten[index] === true)
  }

  // Interaqt returns what failed inside the transaction, and throws what failed at its borders.
  #dispatch(writes: readonly RecordWrite[]): Promise<{ error?: unknown; data?: unknown }> {
    return this.controller.dispatch(this.#eventSource, { writes }).catch((error: unknown) => ({ error }))
  }

  #read<T>(query: (controller: InteraqtController) => Promise<T>): Promise<T> {
    const { controller } = this
    return withRetries(() => query(controller))
  }
}

// Another process made the record between our look and our insert; any other constraint is the application's.
function isLostRace(error: unknown): boolean {
  const violation = findConstraintViolationError(error)
  return violation?.properties?.length === 1 && violation.properties[0] === 'logtoId'
}

function byLogtoId(operator: string, value: unknown) {
  return MatchExp.atom({ key: 'logtoId', value: [operator, value] })
}

function writtenOf(data: unknown): unknown[] {
  const isResult = typeof data === 'object' && data !== null && 'isWritten' in data
  return isResult && Array.isArray(data.isWritten) ? data.isWritten : []
}
