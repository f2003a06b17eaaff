import type { LogtoUser } from '../logto/index.js'
import { concurrently } from './concurrently.js'
import { logtoUnavailable } from './logto-source.js'
import { markMissing } from './reconcile-deletions.js'
import type { ReconcileOptions, ReconcileReport, UserDifference } from './reconcile-report.js'
import { attempt, note, type ReconcileRun } from './reconcile-run.js'
import { repair } from './repair.js'
import { SeenUsers } from './seen-users.js'
import type { SyncParts } from './sync-parts.js'
import { differencesOf, type UserRecord, type UserState } from './user-record.js'

/** Logto's largest page: one query for the records of each. */
const BATCH = 100
/** Repairs at a time. */
const CONCURRENCY = 8

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
  const pages = { count: 0 }
  for await (const users of batchesOf(run, (page) => {
    pages.count++
    total = page.total ?? total
  })) {
    await compareBatch(run, users)
    run.tell('users')
  }
  // A source that does not tell its pages has read at least these.
  counted.requests += pages.count || Math.ceil(counted.scanned / BATCH) || 1
  await markMissing(run)
  run.tell('deletions')
  return options.dryRun ? { ...counted, differences: run.differences } : counted
}

async function* batchesOf(
  { parts, options: { signal } }: ReconcileRun,
  onPage: (page: { total?: number | undefined }) => void,
): AsyncGenerator<LogtoUser[]> {
  let batch: LogtoUser[] = []
  const users = parts.logto.users({ pageSize: BATCH, onPage, ...(signal ? { signal } : {}) })
  const iterator = users[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await iterator.next().catch((cause: unknown) => {
        signal?.throwIfAborted()
        throw logtoUnavailable(cause)
      })
      if (!done) batch.push(value)
      if (batch.length === BATCH || (done && batch.length > 0)) {
        yield batch
        batch = []
      }
      if (done) return
    }
  } finally {
    await iterator.return?.()
  }
}

async function compareBatch(run: ReconcileRun, users: LogtoUser[]): Promise<void> {
  const { parts, report, seen, options } = run
  const listed = new Map<string, UserState>()
  const ids = new Set<string>()
  for (const user of users) {
    // Paging that shifts under the scan repeats users; what was seen twice is compared twice and counted once.
    if (!seen.has(user.id)) report.scanned++
    seen.add(user.id)
    ids.add(user.id)
  }
  await concurrently(users, BATCH, (user) =>
    attempt(run, user.id, async () => {
      listed.set(user.id, await parts.mapper.stateOf(user))
    }),
  )
  const columns = new Set([...listed.values()].flatMap((state) => Object.keys(state.columns)))
  const records = await parts.records.findAll([...ids], [...columns])
  const different: { user: LogtoUser; state: UserState; record: UserRecord | undefined }[] = []
  for (const user of users) {
    const state = listed.get(user.id)
    listed.delete(user.id)
    if (!state) continue
    const record = records.get(user.id)
    const difference = compare(record, user.id, state)
    if (!difference) report.unchanged++
    else if (options.dryRun) note(run, difference)
    else different.push({ user, state, record })
  }
  await concurrently(different, CONCURRENCY, ({ user, state, record }) =>
    attempt(run, user.id, async () => {
      const outcome = await repair(parts, user, state, record)
      if (outcome === 'created' || outcome === 'updated' || outcome === 'suspended') report[outcome]++
      else report.unchanged++
    }),
  )
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
