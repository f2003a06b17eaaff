import { differencesOf, type UserRecord, type UserState } from '../records/user-record.js'
import type { SyncOutcome, SyncParts } from '../sync-parts.js'
import { untilUncontended } from './contention.js'
import { markDeleted } from './mark-deleted.js'
import { CLOSE_MS, outcomeOf, settle, writeOf } from './settle.js'
import type { UserLane } from './user-lanes.js'
import { readUserEvent, type WebhookUserEvent } from './webhook-user-event.js'

/** What reading a user's record gave. */
export interface KnownRecord {
  record: UserRecord | undefined
}

/**
 * Applies one webhook event. Repeated, late and unordered events are harmless: what they say is compared with the
 * record, and where that does not decide, Logto is asked.
 *
 * @param known - the user's record if it was just read: saves reading it again. It may be old by now.
 * @throws SyncError; nothing is written then, and the delivery should be answered with its `status`.
 */
export async function applyEvent(parts: SyncParts, body: unknown, known?: KnownRecord): Promise<SyncOutcome> {
  const event = readUserEvent(body)
  if (!event) return 'ignored'
  const { name, logtoId, createdAt, user } = event
  return parts.lanes.run(logtoId, async (lane) => {
    if (name === 'User.Deleted') {
      return markDeleted(parts, logtoId, { event: name, updatedAt: user?.updatedAt ?? createdAt })
    }
    // Logto was asked after this event had arrived: what it says is in the record already.
    if (lane.settledAt > lane.requestedAt) return 'stale'
    return applyUpdate(parts, event, lane, known)
  })
}

async function applyUpdate(
  parts: SyncParts,
  event: WebhookUserEvent,
  lane: UserLane,
  known: KnownRecord | undefined,
): Promise<SyncOutcome> {
  const { name, logtoId, user } = event
  const state = user && (await parts.mapper.stateOf(user))
  let read = known
  return untilUncontended<SyncOutcome>(logtoId, async () => {
    const { record } = read ?? { record: await parts.records.find(logtoId) }
    // If it was old, the write fails, and it is read anew.
    read = undefined
    if (record?.isDeleted) return 'stale'
    const verdict = record && state ? judge(record, state) : 'unclear'
    if (verdict === 'older') return 'stale'
    if (verdict === 'unclear' || !state) {
      const settled = await settle(parts, logtoId, lane, { event: name, mayRestore: false })
      return settled === 'unknown' ? 'ignored' : settled
    }
    const isWritten = await parts.records.write(writeOf(name, logtoId, record, state))
    return isWritten ? outcomeOf(record, state) : undefined
  })
}

/** Last writer wins, where Logto's clock can say who wrote last. */
export function judge(record: UserRecord, state: UserState): 'newer' | 'older' | 'unclear' {
  const lead = state.logtoUpdatedAt - record.logtoUpdatedAt
  if (lead > CLOSE_MS) return 'newer'
  if (lead < -CLOSE_MS || differencesOf(record, state).length === 0) return 'older'
  return 'unclear'
}
