import { untilUncontended } from './contention.js'
import { markDeleted } from './mark-deleted.js'
import { CLOSE_MS, expectedOf, fieldsOf, outcomeOf, settle } from './settle.js'
import type { SyncOutcome, SyncParts } from './sync-parts.js'
import type { UserLane } from './user-lanes.js'
import { differencesOf, type UserRecord, type UserState } from './user-record.js'
import { readUserEvent, type WebhookUserEvent } from './webhook-user-event.js'

/**
 * Applies one webhook event. Repeated, late and unordered events are harmless: what they say is compared with the
 * record, and where that does not decide, Logto is asked.
 *
 * @throws SyncError; nothing is written then, and the delivery should be answered with its `status`.
 */
export async function applyEvent(parts: SyncParts, body: unknown): Promise<SyncOutcome> {
  const event = readUserEvent(body)
  if (!event) return 'ignored'
  const { name, logtoId, createdAt, user } = event
  return parts.lanes.run(logtoId, async (lane) => {
    if (name === 'User.Deleted') {
      return markDeleted(parts, logtoId, { event: name, updatedAt: user?.updatedAt ?? createdAt })
    }
    // Logto was asked after this event had arrived: what it says is in the record already.
    if (lane.settledAt > lane.requestedAt) return 'stale'
    return applyUpdate(parts, event, lane)
  })
}

async function applyUpdate(parts: SyncParts, event: WebhookUserEvent, lane: UserLane): Promise<SyncOutcome> {
  const { name, logtoId, user } = event
  const state = user && (await parts.mapper.stateOf(user))
  return untilUncontended<SyncOutcome>(logtoId, async () => {
    const record = await parts.records.find(logtoId)
    if (record?.isDeleted) return 'stale'
    const verdict = record && state ? judge(record, state) : 'unclear'
    if (verdict === 'older') return 'stale'
    if (verdict === 'unclear' || !state) {
      const settled = await settle(parts, logtoId, lane, { event: name, mayRestore: false })
      return settled === 'unknown' ? 'ignored' : settled
    }
    const isWritten = await parts.records.write({
      event: name,
      logtoId,
      updatedAt: state.logtoUpdatedAt,
      expected: expectedOf(record),
      fields: fieldsOf(logtoId, state),
    })
    return isWritten ? outcomeOf(record, state) : undefined
  })
}

// Last writer wins, where Logto's clock can say who wrote last.
function judge(record: UserRecord, state: UserState): 'newer' | 'older' | 'unclear' {
  const lead = state.logtoUpdatedAt - record.logtoUpdatedAt
  if (lead > CLOSE_MS) return 'newer'
  if (lead < -CLOSE_MS || differencesOf(record, state).length === 0) return 'older'
  return 'unclear'
}
