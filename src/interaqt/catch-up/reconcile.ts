import type { LogtoUser } from '../../logto/index.js'
import type { Settled } from '../apply/settle.js'
import { listed } from '../logto-source.js'
import { differencesOf, type UserRecord, type UserState } from '../records/user-record.js'
import type { SyncParts } from '../sync-parts.js'
import { concurrently, inBatches, mapAhead } from './concurrently.js'
import { markMissing } from './reconcile-deletions.js'
import type { ReconcileOptions, ReconcileReport, UserDifference } from './reconcile-report.js'
import { attempt, note, type ReconcileRun } from './reconcile-run.js'
import { type Differing, repair, repairTogether } from './repair.js'
import { SeenUsers } from './seen-users.js'

/** Logto's largest page: one query for the records of each. */
const BATCH = 100
/** Repairs at a time. */
const CONCURRENCY = 8
/** Batches that are compared at a time. */
const COMPARISONS = 3

/**
 * Compares all User records with all Logto users, and repairs every difference: columns are compared, not times, so a
 * Logto database that was restored to an older state is the truth too. Its memory does not grow with the users.
 *
 * @throws SyncError `logto_empty`, `mass_deletion`, `logto_unavailable`, `database_unavailable`, `not_attached`;
 * `signal`'s reason when it aborted. What it has repaired until then stays.
 */
export async function reconcile(
  sharedParts: SyncParts,
  options: ReconcileOptions = {},
): Promise<ReconcileReport> {
  const startedAt = performance.now()
  const report = { scanned: 0, created: 0, updated: 0, suspended: 0, deleted: 0, unchanged: 0, failed: 0 }
  const counted = { ...report, requests: 0, ms: 0 }
  let total: number | undefined
  const { logto } = sharedParts
  const parts: SyncParts = {
    ...sharedParts,
    logto: {
      users: (...args) => logto.users(...args),
      recentDeliveries: (...args) => logto.recentDeliveries(...args),
      getUser(...args) {
        counted.requests++
        return logto.getUser(...args)
      },
    },
  }
  const run: ReconcileRun = {
    parts,
    options,
    report: counted,
    differences: [],
    seen: new SeenUsers(),
    tell(phase) {
      counted.ms = performance.now() - startedAt
      options.onProgress?.({ ...counted, phase, total })
      options.signal?.throwIfAborted()
    },
  }
  let pages = 0
  const onPage: OnPage = (page) => {
    pages++
    total = page.total ?? total
  }
  await concurrently(differing(run, onPage), CONCURRENCY, (difference) => mend(run, difference))
  // A source that does not tell its pages has read at least these.
  counted.requests += pages || Math.ceil(counted.scanned / BATCH) || 1
  await markMissing(run)
  run.tell('deletions')
  return options.dryRun ? { ...counted, differences: run.differences } : counted
}

/**
 * The users that need a repair of their own; what is beyond doubt is written here. The next batches are compared while
 * those of one are being repaired.
 */
async function* differing(run: ReconcileRun, onPage: OnPage): AsyncGenerator<Differing> {
  const compareAndRepair = async (users: LogtoUser[]) => {
    const { outcomes, rest } = await repairTogether(run.parts, await compareBatch(run, users))
    for (const outcome of outcomes) count(run, outcome)
    return rest
  }
  for await (const rest of mapAhead(batchesOf(run, onPage), COMPARISONS, compareAndRepair)) {
    yield* rest
    run.tell('users')
  }
}

async function mend(run: ReconcileRun, differing: Differing): Promise<void> {
  await attempt(run, differing.user.id, async () => count(run, await repair(run.parts, differing)))
}

function count({ report }: ReconcileRun, outcome: Settled): void {
  if (outcome === 'created' || outcome === 'updated' || outcome === 'suspended') report[outcome]++
  else report.unchanged++
}

type OnPage = (page: { total?: number | undefined }) => void

function batchesOf({ parts, options: { signal } }: ReconcileRun, onPage: OnPage): AsyncIterable<LogtoUser[]> {
  const users = parts.logto.users({ pageSize: BATCH, onPage, ...(signal ? { signal } : {}) })
  return inBatches(listed(users, signal), BATCH)
}

async function compareBatch(run: ReconcileRun, users: LogtoUser[]): Promise<Differing[]> {
  const { parts, report, seen, options } = run
  const states = new Map<string, UserState>()
  const ids = new Set<string>()
  for (const user of users) {
    // Paging that shifts under the scan repeats users; what was seen twice is compared twice and counted once.
    if (!seen.has(user.id)) report.scanned++
    seen.add(user.id)
    ids.add(user.id)
  }
  await concurrently(users, BATCH, (user) =>
    attempt(run, user.id, async () => {
      states.set(user.id, await parts.mapper.stateOf(user))
    }),
  )
  const columns = new Set([...states.values()].flatMap((state) => Object.keys(state.columns)))
  const records = await parts.records.findAll([...ids], [...columns])
  return users.flatMap((user) => {
    const state = states.get(user.id)
    // A user whom the page repeats is repaired once.
    states.delete(user.id)
    if (!state) return []
    const record = records.get(user.id)
    const difference = compare(record, user.id, state)
    if (difference && !options.dryRun) return [{ user, state, record }]
    if (difference) note(run, difference)
    else report.unchanged++
    return []
  })
}

/** What makes a record differ from Logto's user; undefined when nothing does. */
function compare(
  record: UserRecord | undefined,
  logtoId: string,
  state: UserState,
): UserDifference | undefined {
  if (!record) return { logtoId, change: 'create', columns: Object.keys(state.columns) }
  const columns = differencesOf(record, state)
  if (record.isDeleted) return { logtoId, change: 'restore', columns }
  if (columns.length === 0) return undefined
  const change = state.isSuspended && !record.isSuspended ? 'suspend' : 'update'
  return { logtoId, change, columns }
}
