import type { LogtoUser } from '../logto/index.js'
import { adoptable, CLOSE_MS, expectedOf, fieldsOf, outcomeOf, type Settled, settle } from './settle.js'
import type { SyncParts } from './sync-parts.js'
import type { UserRecord, UserState } from './user-record.js'

const EVENT = 'reconcile'

/**
 * Makes a record what a full pass says. The listed state is some seconds old: where an event may have brought a newer
 * one since, or the record would get an older one, Logto is asked again.
 *
 * @throws as `settle`.
 */
export async function repair(
  parts: SyncParts,
  user: LogtoUser,
  state: UserState,
  record: UserRecord | undefined,
): Promise<Settled> {
  return parts.lanes.run(user.id, async (lane) => {
    const isClear = record
      ? !record.isDeleted && state.logtoUpdatedAt - record.logtoUpdatedAt > CLOSE_MS
      : // The list is Logto's own answer too. A record made since, be it the mark of a deletion, makes this fail.
        true
    if (isClear) {
      const isWritten = await parts.records.write({
        event: EVENT,
        logtoId: user.id,
        updatedAt: state.logtoUpdatedAt,
        expected: expectedOf(record) ?? (await adoptable(parts, user)),
        fields: fieldsOf(user.id, state),
      })
      if (isWritten) return outcomeOf(record, state)
    }
    return settle(parts, user.id, lane, { event: EVENT, mayRestore: true })
  })
}
