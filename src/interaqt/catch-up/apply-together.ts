import { judge, type KnownRecord } from '../apply/apply.js'
import { outcomeOf, writeOf } from '../apply/settle.js'
import { readUserEvent, type WebhookUserEvent } from '../apply/webhook-user-event.js'
import type { LoggedDelivery } from '../logto-source.js'
import type { UserRecord, UserState } from '../records/user-record.js'
import type { SyncOutcome, SyncParts } from '../sync-parts.js'

/** A logged delivery that is to be applied alone. */
export interface SingleDelivery {
  body: unknown
  /** Milliseconds since the epoch, by Logto's clock. */
  createdAt: number
  /** The record of its user, if it was read and not written since. */
  known: KnownRecord | undefined
}

/**
 * Applies those of many events about which there is no doubt, for a fraction of the statements: one query for the
 * records, one transaction for the writes.
 *
 * @returns what the writes did, and the events that remain to be applied one by one.
 */
export async function applyTogether(
  parts: SyncParts,
  deliveries: readonly LoggedDelivery[],
): Promise<{ outcomes: SyncOutcome[]; rest: SingleDelivery[] }> {
  const events = deliveries.map(({ payload }) => readUserEvent(payload.hookRequest?.body))
  const ids = new Set(events.flatMap((event) => (event ? [event.logtoId] : [])))
  const records = await parts.records.findAll([...ids])
  const updates = await clearUpdates(parts, events, records)
  const isWritten = await parts.records.writeTogether(
    updates.map(({ event, record, state }) => writeOf(event.name, event.logtoId, record, state)),
  )
  const written = new Map(
    updates.filter((_, index) => isWritten[index]).map((update) => [update.event, update]),
  )
  const writtenIds = new Set([...written.keys()].map(({ logtoId }) => logtoId))
  const rest = deliveries.flatMap(({ createdAt, payload }, index): SingleDelivery[] => {
    const event = events[index]
    if (event && written.has(event)) return []
    const known = event && !writtenIds.has(event.logtoId) ? { record: records.get(event.logtoId) } : undefined
    return [{ body: payload.hookRequest?.body, createdAt, known }]
  })
  return { outcomes: [...written.values()].map(({ record, state }) => outcomeOf(record, state)), rest }
}

interface Update {
  event: WebhookUserEvent
  record: UserRecord
  state: UserState
}

/** Of each user the newest state, where it is newer than the record beyond doubt. */
async function clearUpdates(
  { mapper }: SyncParts,
  events: readonly (WebhookUserEvent | undefined)[],
  records: ReadonlyMap<string, UserRecord>,
): Promise<Update[]> {
  const updates = new Map<string, Update>()
  for (const event of events) {
    const record = event && records.get(event.logtoId)
    if (!record || record.isDeleted || !event.user || event.name === 'User.Deleted') continue
    // A mapUser that throws is reported where the event is applied alone.
    const state = await mapper.stateOf(event.user).catch(() => undefined)
    if (!state || judge(record, state) !== 'newer') continue
    const other = updates.get(event.logtoId)
    if (!other || other.state.logtoUpdatedAt < state.logtoUpdatedAt) {
      updates.set(event.logtoId, { event, record, state })
    }
  }
  return [...updates.values()]
}
