import type { InteraqtRow } from '../interaqt-model.js'
import { isSameValue } from './compare-states.js'
import { revisionOf, type UserRecord, type UserState } from './user-record.js'

/** What a call did to the User record. */
export type SyncOutcome = 'created' | 'updated' | 'stale' | 'suspended' | 'deleted' | 'ignored'

/** One write to a User record. */
export interface RecordWrite {
  /** The reason: the name of the webhook event, or `ensureUser` or `reconcile`. */
  event: string
  logtoId: string
  /** Logto's `updatedAt` of the state that is written. */
  updatedAt: number
  /** The row as it was read before Logto was asked; undefined when there was none. */
  expected: { id: string | number; revision: number } | undefined
  /** The columns to write; for a new record also its initial values. */
  fields: Record<string, unknown>
}

/** A state that replaces what the record shows. */
export interface StateChange {
  /** The reason, as in `RecordWrite`. */
  event: string
  logtoId: string
  record: UserRecord | undefined
  state: UserState
}

/**
 * Returns the write that makes a record show this state. It names the columns that change and no others: the
 * application's computations listen to them.
 *
 * @param target - the row that becomes the record, when there is one.
 */
export function writeOf(
  { event, logtoId, record, state }: StateChange,
  target: InteraqtRow | undefined = record,
): RecordWrite {
  const { logtoUpdatedAt, isSuspended, columns } = state
  const wanted = { ...columns, logtoId, logtoUpdatedAt, isSuspended, isDeleted: false }
  const changed = Object.entries(wanted).filter(
    ([name, value]) => !target || !isSameValue(target[name], value),
  )
  return {
    event,
    logtoId,
    updatedAt: logtoUpdatedAt,
    expected: expectedOf(target),
    fields: Object.fromEntries(changed),
  }
}

/** Returns the condition of a write: it fails when another one came since this row was read. */
export function expectedOf(row: InteraqtRow | undefined): RecordWrite['expected'] {
  return row && { id: row.id, revision: revisionOf(row) }
}

/** Returns the outcome of a change that was written. */
export function outcomeOf({ record, state }: StateChange): SyncOutcome {
  if (!record) return 'created'
  return state.isSuspended && !record.isSuspended ? 'suspended' : 'updated'
}
