import type { LogtoUser } from '../../logto/index.js'
import type { SyncContext } from '../apply/sync-context.js'
import { readUserEvent } from '../apply/webhook-user-event.js'
import type { LoggedDelivery } from '../logto-source.js'
import { compareStates } from '../records/compare-states.js'
import { outcomeOf, type StateChange, type SyncOutcome } from '../records/record-write.js'

/** A delivery whose event has the whole user. */
interface UserDelivery {
  event: string
  delivery: LoggedDelivery
  user: LogtoUser
}

/**
 * Applies the events that are newer than the records beyond doubt, for a fraction of the statements: one query for the
 * records, one transaction for the writes.
 *
 * @returns the outcomes of the writes, and the deliveries that the caller applies one by one.
 */
export async function applyBatch(
  { records, mapper }: SyncContext,
  deliveries: readonly LoggedDelivery[],
): Promise<{ outcomes: SyncOutcome[]; rest: LoggedDelivery[] }> {
  const newest = newestOfEachUser(deliveries)
  const known = await records.findAll([...newest.keys()])
  const changes: (StateChange & UserDelivery)[] = []
  for (const [logtoId, { event, delivery, user }] of newest) {
    const record = known.get(logtoId)
    if (!record || record.isDeleted) continue
    // A mapUser that throws is reported where the event is applied alone.
    const state = await mapper.stateOf(user).catch(() => undefined)
    if (state && compareStates(record, state) === 'newer') {
      changes.push({ event, logtoId, record, state, delivery, user })
    }
  }
  const written = await records.writeTogether(changes)
  const applied = new Set(written.map(({ delivery }) => delivery))
  return {
    outcomes: written.map(outcomeOf),
    rest: deliveries.filter((delivery) => !applied.has(delivery)),
  }
}

function newestOfEachUser(deliveries: readonly LoggedDelivery[]): Map<string, UserDelivery> {
  const newest = new Map<string, UserDelivery>()
  for (const delivery of deliveries) {
    const event = readUserEvent(delivery.payload.hookRequest?.body)
    if (!event?.user || event.name === 'User.Deleted') continue
    const { name, logtoId, user } = event
    const other = newest.get(logtoId)
    if (!other || other.user.updatedAt < user.updatedAt) newest.set(logtoId, { event: name, delivery, user })
  }
  return newest
}
