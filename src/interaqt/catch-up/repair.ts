import type { LogtoUser } from '../../logto/index.js'
import { adoptable, CLOSE_MS, outcomeOf, type Settled, settle, writeOf } from '../apply/settle.js'
import type { UserRecord, UserState } from '../records/user-record.js'
import type { SyncOutcome, SyncParts } from '../sync-parts.js'

const EVENT = 'reconcile'

/** Writes in one transaction: more would hold their locks for long. */
const TOGETHER = 25

/** A user whose record is not what Logto lists. */
export interface Differing {
  user: LogtoUser
  state: UserState
  record: UserRecord | undefined
}

/**
 * Makes a record what a full pass says. The listed state is some seconds old: where an event may have brought a newer
 * one since, or the record would get an older one, Logto is asked again.
 *
 * @throws as `settle`.
 */
export async function repair(parts: SyncParts, { user, state, record }: Differing): Promise<Settled> {
  return parts.lanes.run(user.id, async (lane) => {
    if (isClear({ user, state, record })) {
      const target = record ?? (await adoptable(parts, user))
      if (await parts.records.write(writeOf(EVENT, user.id, target, state))) return outcomeOf(record, state)
    }
    return settle(parts, user.id, lane, { event: EVENT, mayRestore: true })
  })
}

/**
 * Repairs those of many users about which there is no doubt, some in one transaction.
 *
 * @returns what the writes did, and the users who remain to be repaired one by one.
 */
export async function repairTogether(
  { records, adopt }: SyncParts,
  users: readonly Differing[],
): Promise<{ outcomes: SyncOutcome[]; rest: Differing[] }> {
  const outcomes: SyncOutcome[] = []
  // Which record a user adopts is asked for each.
  const rest = users.filter((one) => !isClear(one) || (!one.record && adopt))
  const clear = users.filter((one) => !rest.includes(one))
  for (let start = 0; start < clear.length; start += TOGETHER) {
    const some = clear.slice(start, start + TOGETHER)
    const isWritten = await records.writeTogether(
      some.map(({ user, state, record }) => writeOf(EVENT, user.id, record, state)),
    )
    some.forEach((one, index) => {
      if (isWritten[index]) outcomes.push(outcomeOf(one.record, one.state))
      else rest.push(one)
    })
  }
  return { outcomes, rest }
}

function isClear({ state, record }: Differing): boolean {
  // Logto's list is its own answer too. A record made since, be it the mark of a deletion, makes the write fail.
  if (!record) return true
  return !record.isDeleted && state.logtoUpdatedAt - record.logtoUpdatedAt > CLOSE_MS
}
