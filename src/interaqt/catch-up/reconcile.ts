import { checkOptions } from '../../logto/check-options.js'
import type { LogtoUser } from '../../logto/index.js'
import { type RefreshOutcome, refreshRecord } from '../apply/refresh-record.js'
import type { SyncContext } from '../apply/sync-context.js'
import { listed } from '../logto-source.js'
import { compareStates, differencesOf } from '../records/compare-states.js'
import { outcomeOf, type StateChange, writeOf } from '../records/record-write.js'
import type { UserState } from '../records/user-record.js'
import { concurrently, inBatches } from './concurrently.js'
import { markMissing } from './mark-missing.js'
import {
  RECONCILE_RULES,
  type ReconcileOptions,
  type ReconcileReport,
  ReconcileRun,
  type UserDifference,
} from './reconcile-run.js'

const EVENT = 'reconcile'
/** Logto's largest page: one query for the records of each. */
const BATCH = 100
/** Batches at a time. */
const BATCHES = 3
/** Repairs of single users at a time, in each batch. */
const REPAIRS = 4

/** A user whose record differs from what Logto lists. */
interface UserChange extends StateChange {
  user: LogtoUser
}

/**
 * Compares all User records with all Logto users, and repairs every difference. Columns are compared, not times, so it
 * also follows a Logto database that was restored to an older state. Its memory does not grow with the users.
 *
 * @throws SyncError `logto_empty`, `mass_deletion`, `logto_unavailable`, `database_unavailable`, `not_attached`;
 * `signal`'s reason when it aborted. Repairs that were written until then stay.
 */
export async function reconcile(
  context: SyncContext,
  options: ReconcileOptions = {},
): Promise<ReconcileReport> {
  checkOptions('reconcile', options, RECONCILE_RULES)
  const { signal, dryRun } = options
  const run = new ReconcileRun(context, options)
  const { report } = run
  let pages = 0
  const onPage = (page: { total?: number | undefined }) => {
    pages++
    run.total = page.total ?? run.total
  }
  const users = context.logto.users({ pageSize: BATCH, onPage, ...(signal ? { signal } : {}) })
  await concurrently(inBatches(listed(users, signal), BATCH), BATCHES, (batch) => reconcileBatch(run, batch))
  // A source that does not call onPage has read at least these.
  report.requests += pages || Math.ceil(report.scanned / BATCH) || 1
  await markMissing(run)
  run.reportProgress('deletions')
  return dryRun ? { ...report, differences: run.differences } : report
}

async function reconcileBatch(run: ReconcileRun, users: readonly LogtoUser[]): Promise<void> {
  const { report, seen } = run
  // A list that shifts while it is read repeats users: such a user counts once.
  const unseen = new Set(users.map(({ id }) => id).filter((id) => !seen.has(id)))
  for (const { id } of users) seen.add(id)
  await repair(run, await compareBatch(run, users))
  report.scanned += unseen.size
  run.reportProgress('users')
}

/**
 * Compares these users with their records, and returns the changes to write. The records of the others are released here:
 * kept until the changes are written, they would outlive the collector's young generation.
 */
async function compareBatch(run: ReconcileRun, users: readonly LogtoUser[]): Promise<UserChange[]> {
  const { mapper, records } = run.context
  const states = new Map<string, { user: LogtoUser; state: UserState }>()
  await Promise.all(
    users.map((user) =>
      run.attempt(user.id, async () => {
        states.set(user.id, { user, state: await mapper.stateOf(user) })
      }),
    ),
  )
  const columns = new Set([...states.values()].flatMap(({ state }) => Object.keys(state.columns)))
  const known = await records.findAll([...states.keys()], [...columns])
  return [...states].flatMap(([logtoId, { user, state }]) => {
    const change = { event: EVENT, logtoId, user, state, record: known.get(logtoId) }
    const difference = differenceOf(change)
    if (difference && !run.options.dryRun) return [change]
    if (difference) run.addDifference(difference)
    else run.report.unchanged++
    return []
  })
}

/** Returns the difference between the record and Logto's user; undefined when there is none. */
function differenceOf({ logtoId, record, state }: UserChange): UserDifference | undefined {
  if (!record) return { logtoId, change: 'create', columns: Object.keys(state.columns) }
  const columns = differencesOf(record, state)
  if (record.isDeleted) return { logtoId, change: 'restore', columns }
  if (columns.length === 0) return undefined
  const change = state.isSuspended && !record.isSuspended ? 'suspend' : 'update'
  return { logtoId, change, columns }
}

/** Writes the changes that are beyond doubt in few transactions, and repairs the other users one by one. */
async function repair(run: ReconcileRun, changes: readonly UserChange[]): Promise<void> {
  const { records } = run.context
  // Which record a user adopts is one query for each.
  const clear = changes.filter((change) => isClear(change) && (change.record || !records.hasAdoption))
  const written = new Set(await records.writeTogether(clear))
  for (const change of written) run.count(outcomeOf(change))
  const others = changes.filter((change) => !written.has(change))
  await concurrently(others, REPAIRS, (change) =>
    run.attempt(change.logtoId, async () => run.count(await repairOne(run.context, change))),
  )
}

/**
 * Writes what Logto listed. The list is some seconds old: where an event may have brought a newer state since, or the
 * record would get an older one, Logto is asked again.
 *
 * @throws as `refreshRecord`.
 */
async function repairOne(context: SyncContext, change: UserChange): Promise<RefreshOutcome> {
  const { records, queue } = context
  return queue.run(change.logtoId, async (queueOfUser) => {
    if (isClear(change)) {
      const target = change.record ?? (await records.findAdoptable(change.user))
      if (await records.write(writeOf(change, target))) return outcomeOf(change)
    }
    return refreshRecord(context, change.logtoId, queueOfUser, { event: EVENT, mayRestore: true })
  })
}

function isClear({ state, record }: StateChange): boolean {
  // Logto's list is its own answer. A record that was created since, also the mark of a deletion, makes the write fail.
  return !record || (!record.isDeleted && compareStates(record, state) === 'newer')
}
