import { messageOf, SyncError } from '../errors.js'
import { expectedOf, type SyncOutcome } from '../records/record-write.js'
import { untilUncontended } from '../records/retries.js'
import type { UserRecord } from '../records/user-record.js'
import type { SyncContext } from './sync-context.js'

/** Where the deletion was seen. */
export interface DeletionReason {
  /** For the event row. */
  event: string
  /** Milliseconds since the epoch: Logto's last `updatedAt` of the user, or the time of the event. */
  updatedAt: number
}

/**
 * Marks the user's record as deleted. A user without a record gets a marked one, so that late events do not create one.
 *
 * `onDeleted` runs before the mark is written, so that a crash between the two repeats it and never loses it.
 *
 * @throws SyncError `deletion_callback_failed`, `columns_invalid`, `record_contended`, and those of a write.
 */
export async function markDeleted(
  context: SyncContext,
  logtoId: string,
  { event, updatedAt }: DeletionReason,
): Promise<SyncOutcome> {
  const { records, mapper } = context
  let isCallbackDone = false
  return untilUncontended<SyncOutcome>(logtoId, async () => {
    const record = await records.find(logtoId)
    if (record?.isDeleted) return 'stale'
    if (record && !isCallbackDone) await callOnDeleted(context, record)
    isCallbackDone = true
    const logtoUpdatedAt = Math.max(updatedAt, record?.logtoUpdatedAt ?? 0)
    const isWritten = await records.write({
      event,
      logtoId,
      updatedAt: logtoUpdatedAt,
      expected: expectedOf(record),
      fields: {
        ...(record ? await mapper.erasedColumns(logtoId) : { isSuspended: false }),
        logtoId,
        logtoUpdatedAt,
        isDeleted: true,
      },
    })
    return isWritten ? 'deleted' : undefined
  })
}

async function callOnDeleted({ onDeleted }: SyncContext, record: UserRecord): Promise<void> {
  try {
    await onDeleted?.(record)
  } catch (cause) {
    const message = `onDeleted threw for ${record.logtoId}: ${messageOf(cause)}`
    throw new SyncError('deletion_callback_failed', message, { cause })
  }
}
