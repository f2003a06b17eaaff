import { compareStates } from '../records/compare-states.js'
import { outcomeOf, type SyncOutcome, writeOf } from '../records/record-write.js'
import { untilUncontended } from '../records/retries.js'
import { markDeleted } from './mark-deleted.js'
import { refreshRecord } from './refresh-record.js'
import type { SyncContext } from './sync-context.js'
import type { QueueOfUser } from './user-queue.js'
import { readUserEvent, type WebhookUserEvent } from './webhook-user-event.js'

/**
 * Applies one webhook event. Repeated, late and unordered events are harmless: their state is compared with the record,
 * and where that does not decide, Logto is asked.
 *
 * @throws SyncError; nothing is written then, and the delivery should be answered with its `status`.
 */
export async function applyEvent(context: SyncContext, body: unknown): Promise<SyncOutcome> {
  const event = readUserEvent(body)
  if (!event) return 'ignored'
  const { name, logtoId, createdAt, user } = event
  return context.queue.run(logtoId, async (queue, number) => {
    if (name === 'User.Deleted') {
      return markDeleted(context, logtoId, { event: name, updatedAt: user?.updatedAt ?? createdAt })
    }
    // Logto was asked after this event had arrived: the record shows its answer already.
    if (queue.refreshedBy > number) return 'stale'
    return applyState(context, event, queue)
  })
}

async function applyState(
  context: SyncContext,
  { name: event, logtoId, user }: WebhookUserEvent,
  queue: QueueOfUser,
): Promise<SyncOutcome> {
  const state = user && (await context.mapper.stateOf(user))
  return untilUncontended<SyncOutcome>(logtoId, async () => {
    const record = await context.records.find(logtoId)
    if (record?.isDeleted) return 'stale'
    const age = record && state ? compareStates(record, state) : 'unclear'
    if (age === 'older') return 'stale'
    if (age === 'unclear' || !state) {
      const refreshed = await refreshRecord(context, logtoId, queue, { event, mayRestore: false })
      return refreshed === 'unknown' ? 'ignored' : refreshed
    }
    const change = { event, logtoId, record, state }
    const isWritten = await context.records.write(writeOf(change))
    return isWritten ? outcomeOf(change) : undefined
  })
}
