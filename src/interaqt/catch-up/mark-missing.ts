import { markDeleted } from '../apply/mark-deleted.js'
import { refreshRecord } from '../apply/refresh-record.js'
import { SyncError } from '../errors.js'
import { fetchUser } from '../logto-source.js'
import { concurrently } from './concurrently.js'
import type { ReconcileRun } from './reconcile-run.js'

const EVENT = 'reconcile'
/** Requests to Logto at a time. */
const CONCURRENCY = 4

/**
 * Checks the records whose user Logto did not list. The list is no snapshot, so Logto is asked for each: the record of a
 * user who exists is refreshed, any other is marked as deleted.
 *
 * @throws SyncError `logto_empty`, `mass_deletion`.
 */
export async function markMissing(run: ReconcileRun): Promise<void> {
  const { active, unseen } = await countRecords(run)
  if (unseen === 0) return
  if (run.report.scanned === 0) {
    throw new SyncError(
      'logto_empty',
      `Logto listed no user, but there are ${active} User records: is logtoEndpoint the right one?`,
    )
  }
  const limit = Math.max(10, Math.floor(active * 0.05))
  const isAllowed = run.options.allowMassDeletion || unseen <= limit
  const candidates = isAllowed ? unseenIds(run) : await confirmMissing(run, limit)
  await concurrently(candidates, CONCURRENCY, (logtoId) =>
    run.attempt(logtoId, () => checkRecord(run, logtoId)),
  )
}

async function countRecords({ context, seen }: ReconcileRun): Promise<{ active: number; unseen: number }> {
  let active = 0
  let unseen = 0
  for await (const logtoId of context.records.activeIds()) {
    active++
    if (!seen.has(logtoId)) unseen++
  }
  return { active, unseen }
}

async function* unseenIds(run: ReconcileRun): AsyncGenerator<string> {
  for await (const logtoId of run.context.records.activeIds()) {
    if (run.seen.has(logtoId)) continue
    run.reportProgress('deletions')
    yield logtoId
  }
}

async function checkRecord(run: ReconcileRun, logtoId: string): Promise<void> {
  const { context } = run
  if (run.options.dryRun) {
    const user = await fetchUser(context, logtoId)
    if (!user) run.addDifference({ logtoId, change: 'delete', columns: [] })
    return
  }
  await context.queue.run(logtoId, async (queue) => {
    const refreshed = await refreshRecord(context, logtoId, queue, { event: EVENT, mayRestore: true })
    const outcome =
      refreshed === 'unknown'
        ? await markDeleted(context, logtoId, { event: EVENT, updatedAt: 0 })
        : refreshed
    if (outcome !== 'stale') run.count(outcome)
  })
}

/** Returns the users that Logto does not have, up to `limit`: a wrong endpoint or a lost database must not end all accounts. */
async function confirmMissing(run: ReconcileRun, limit: number): Promise<string[]> {
  const missing: string[] = []
  await concurrently(unseenIds(run), CONCURRENCY, async (logtoId) => {
    if (!(await fetchUser(run.context, logtoId))) missing.push(logtoId)
    if (missing.length > limit) {
      throw new SyncError(
        'mass_deletion',
        `More than ${limit} users are missing in Logto: nothing was marked as deleted. ` +
          'If that is right, reconcile with allowMassDeletion.',
      )
    }
  })
  return missing
}
