import { fetchUser } from '../logto-source.js'
import { differencesOf } from '../records/compare-states.js'
import { outcomeOf, type SyncOutcome, writeOf } from '../records/record-write.js'
import { untilUncontended } from '../records/retries.js'
import type { SyncContext } from './sync-context.js'
import type { QueueOfUser } from './user-queue.js'

/** Why a record is refreshed. */
export interface RefreshReason {
  /** For the event row. */
  event: string
  /** Whether a record that is marked as deleted comes back when Logto still has the user. */
  mayRestore: boolean
}

/** What a refresh did; `unknown`: Logto has no such user, and nothing was written. */
export type RefreshOutcome = SyncOutcome | 'unknown'

/**
 * Makes the record equal to Logto's answer. Records are created in no other way.
 *
 * The record is read before Logto is asked, and written only if it has not changed since. So of two refreshes of one user
 * the one that asked later wins, whatever `updatedAt` the answers have, and in whichever process they run.
 *
 * @param queue - of this user: run it in a task of `UserQueue`.
 * @throws SyncError `logto_unavailable`, `columns_invalid`, `record_ambiguous`, `record_contended`, and those of a write;
 * the reason of the context's `signal` when it aborted.
 */
export async function refreshRecord(
  context: SyncContext,
  logtoId: string,
  queue: QueueOfUser,
  { event, mayRestore }: RefreshReason,
): Promise<RefreshOutcome> {
  const { records, mapper } = context
  return untilUncontended<RefreshOutcome>(logtoId, async () => {
    const record = await records.find(logtoId)
    if (record?.isDeleted && !mayRestore) return 'stale'
    const number = context.queue.nextNumber()
    const user = await fetchUser(context, logtoId)
    if (!user) return 'unknown'
    const change = { event, logtoId, record, state: await mapper.stateOf(user) }
    const isCurrent = record && !record.isDeleted && differencesOf(record, change.state).length === 0
    if (!isCurrent) {
      const target = record ?? (await records.findAdoptable(user))
      if (!(await records.write(writeOf(change, target)))) return undefined
    }
    queue.refreshedBy = number
    return isCurrent ? 'stale' : outcomeOf(change)
  })
}
