import type { LogtoUser } from '../../logto/index.js'
import { SyncError } from '../errors.js'
import type { InteraqtRow } from '../interaqt-model.js'
import { logtoUnavailable } from '../logto-source.js'
import {
  differencesOf,
  isSameValue,
  revisionOf,
  type UserRecord,
  type UserState,
} from '../records/user-record.js'
import type { RecordWrite } from '../sync-event.js'
import type { SyncOutcome, SyncParts } from '../sync-parts.js'
import { untilUncontended } from './contention.js'
import type { UserLane } from './user-lanes.js'

/**
 * Within this distance two `updatedAt` do not tell which state is the later one, milliseconds: it is the start of the
 * writing transaction, and of 300 rounds of 20 parallel writes 232 ended with a row that was not the newest
 * (docs/facts.md, "Webhooks"). No request of Logto's takes longer.
 */
export const CLOSE_MS = 10_000

/** For whom a user is settled. */
export interface SettleReason {
  /** For the event row. */
  event: string
  /** Whether a record that is marked as deleted comes back when Logto still has the user. Deletion is final else. */
  mayRestore: boolean
}

/** What settling did; `unknown`: Logto has no such user, nothing was written. */
export type Settled = SyncOutcome | 'unknown'

/**
 * Makes the record what Logto says now: the only way in which records are created.
 *
 * The record is read before Logto is asked, and written only if it is still that one. So of two settlements of one user
 * the one that asked later wins, whatever `updatedAt` they were told, and in whichever process they run.
 *
 * @throws SyncError `logto_unavailable`, `columns_invalid`, `record_ambiguous`, `record_contended`, and those of a write.
 */
export async function settle(
  parts: SyncParts,
  logtoId: string,
  lane: UserLane,
  { event, mayRestore }: SettleReason,
): Promise<Settled> {
  const { records, mapper, lanes } = parts
  return untilUncontended<Settled>(logtoId, async () => {
    const record = await records.find(logtoId)
    if (record?.isDeleted && !mayRestore) return 'stale'
    const askedAt = lanes.tick()
    const user = await ask(parts, logtoId)
    if (!user) return 'unknown'
    const state = await mapper.stateOf(user)
    if (record && isCurrent(record, state)) {
      lane.settledAt = askedAt
      return 'stale'
    }
    const target = record ?? (await adoptable(parts, user))
    const isWritten = await records.write(writeOf(event, logtoId, target, state))
    if (!isWritten) return undefined
    lane.settledAt = askedAt
    return outcomeOf(record, state)
  })
}

/**
 * The write that makes a record show this state. It names the columns that change and no others: the application's
 * computations listen to them.
 *
 * @param target - the row that becomes the record, if there is one.
 */
export function writeOf(
  event: string,
  logtoId: string,
  target: InteraqtRow | undefined,
  state: UserState,
): RecordWrite {
  const { logtoUpdatedAt, isSuspended, columns } = state
  const wanted = { ...columns, logtoId, logtoUpdatedAt, isSuspended, isDeleted: false }
  const changed = Object.entries(wanted).filter(
    ([name, value]) => !target || !isSameValue(target[name], value),
  )
  return {
    event,
    logtoId,
    updatedAt: logtoUpdatedAt,
    expected: expectedOf(target),
    fields: Object.fromEntries(changed),
  }
}

/** What makes a write fail when another one came since this row was read. */
export function expectedOf(row: InteraqtRow | undefined): RecordWrite['expected'] {
  return row && { id: row.id, revision: revisionOf(row) }
}

/** What a write of `state` over `record` does. */
export function outcomeOf(record: UserRecord | undefined, state: UserState): SyncOutcome {
  if (!record) return 'created'
  return state.isSuspended && !record.isSuspended ? 'suspended' : 'updated'
}

/** @throws SyncError `logto_unavailable`. */
export async function ask({ logto }: SyncParts, logtoId: string): Promise<LogtoUser | undefined> {
  try {
    const user = await logto.getUser(logtoId)
    return user?.id === logtoId ? user : undefined
  } catch (cause) {
    throw logtoUnavailable(cause)
  }
}

function isCurrent(record: UserRecord, state: UserState): boolean {
  return !record.isDeleted && differencesOf(record, state).length === 0
}

/**
 * The record from before Logto that `adopt` recognises as this user's.
 *
 * @throws SyncError `record_ambiguous`.
 */
export async function adoptable(
  { adopt, records }: SyncParts,
  user: LogtoUser,
): Promise<InteraqtRow | undefined> {
  const columns = await adopt?.(user)
  // A missing value would match every record that lacks it too.
  if (!columns || Object.keys(columns).length === 0) return undefined
  if (Object.values(columns).some((value) => value === undefined || value === null || value === ''))
    return undefined
  const [row, other] = await records.findUnclaimed(columns, 2)
  if (other) {
    throw new SyncError(
      'record_ambiguous',
      `adopt matches more than one User record by ${Object.keys(columns).join(', ')} for Logto user ${user.id}.`,
    )
  }
  return row
}
