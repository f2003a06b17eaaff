import { SyncError } from '../errors.js'
import type { UserColumns, UserRecord } from '../records/user-record.js'
import type { SyncOutcome, SyncParts } from '../sync-parts.js'
import { untilUncontended } from './contention.js'
import { expectedOf } from './settle.js'

/** Who says that the user is gone. */
export interface DeletionReason {
  /** For the event row. */
  event: string
  /** Milliseconds since the epoch: Logto's last `updatedAt` of the user, or when it was noticed. */
  updatedAt: number
}

/**
 * Marks the user's record as deleted. A user without a record gets a marked one: it keeps late events from making one.
 *
 * `onDeleted` runs before the mark is written, so that a crash between the two repeats it and never loses it.
 *
 * @throws SyncError `deletion_callback_failed`, `columns_invalid`, `record_contended`, and those of a write.
 */
export async function markDeleted(
  parts: SyncParts,
  logtoId: string,
  { event, updatedAt }: DeletionReason,
): Promise<SyncOutcome> {
  let isTold = false
  return untilUncontended<SyncOutcome>(logtoId, async () => {
    const record = await parts.records.find(logtoId)
    if (record?.isDeleted) return 'stale'
    if (record && !isTold) await tell(parts, record)
    isTold = true
    const logtoUpdatedAt = Math.max(updatedAt, record?.logtoUpdatedAt ?? 0)
    const isWritten = await parts.records.write({
      event,
      logtoId,
      updatedAt: logtoUpdatedAt,
      expected: expectedOf(record),
      fields: {
        ...(record ? await erasedColumns(parts, logtoId) : { isSuspended: false }),
        logtoId,
        logtoUpdatedAt,
        isDeleted: true,
      },
    })
    return isWritten ? 'deleted' : undefined
  })
}

async function tell({ onDeleted }: SyncParts, record: UserRecord): Promise<void> {
  try {
    await onDeleted?.(record)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SyncError('deletion_callback_failed', `onDeleted threw for ${record.logtoId}: ${reason}`, {
      cause,
    })
  }
}

async function erasedColumns({ eraseOnDelete, mapper }: SyncParts, logtoId: string): Promise<UserColumns> {
  if (eraseOnDelete === true) return mapper.clearedColumns(logtoId)
  return Object.fromEntries((eraseOnDelete || []).map((name) => [name, null]))
}
