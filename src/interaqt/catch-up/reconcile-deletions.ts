import { markDeleted } from '../apply/mark-deleted.js'
import { ask, settle } from '../apply/settle.js'
import { SyncError } from '../errors.js'
import { concurrently } from './concurrently.js'
import { attempt, note, type ReconcileRun } from './reconcile-run.js'

const EVENT = 'reconcile'
/** Questions to Logto at a time. */
const CONCURRENCY = 4

/**
 * Looks at the records whose user the pass has not seen. Logto's list is no snapshot, so each is asked for: who is there
 * after all is compared, who is not is marked.
 *
 * @throws SyncError `logto_empty`, `mass_deletion`.
 */
export async function markMissing(run: ReconcileRun): Promise<void> {
  const { report, options } = run
  const { active, unseen } = await count(run)
  if (unseen === 0) return
  if (report.scanned === 0) {
    throw new SyncError(
      'logto_empty',
      `Logto listed no user, but there are ${active} User records: is logtoEndpoint the right one?`,
    )
  }
  const limit = Math.max(10, Math.floor(active * 0.05))
  if (options.allowMassDeletion || unseen <= limit) {
    await concurrently(unseenIds(run), CONCURRENCY, (logtoId) =>
      attempt(run, logtoId, () => examine(run, logtoId)),
    )
    return
  }
  const missing = await confirm(run, limit)
  await concurrently(missing, CONCURRENCY, (logtoId) => attempt(run, logtoId, () => examine(run, logtoId)))
}

async function count({ parts, seen }: ReconcileRun): Promise<{ active: number; unseen: number }> {
  let active = 0
  let unseen = 0
  for await (const logtoId of parts.records.activeIds()) {
    active++
    if (!seen.has(logtoId)) unseen++
  }
  return { active, unseen }
}

async function* unseenIds({ parts, seen, tell }: ReconcileRun): AsyncGenerator<string> {
  for await (const logtoId of parts.records.activeIds()) {
    if (seen.has(logtoId)) continue
    tell('deletions')
    yield logtoId
  }
}

async function examine({ parts, options, report, ...run }: ReconcileRun, logtoId: string): Promise<void> {
  if (options.dryRun) {
    const isMissing = !(await ask(parts, logtoId))
    if (isMissing) note({ parts, options, report, ...run }, { logtoId, change: 'delete', columns: [] })
    return
  }
  await parts.lanes.run(logtoId, async (lane) => {
    const settled = await settle(parts, logtoId, lane, { event: EVENT, mayRestore: true })
    if (settled === 'created' || settled === 'updated' || settled === 'suspended') report[settled]++
    if (settled !== 'unknown') return
    const outcome = await markDeleted(parts, logtoId, { event: EVENT, updatedAt: 0 })
    if (outcome === 'deleted') report.deleted++
  })
}

/** The missing users, when they are no more than `limit`: a wrong endpoint or a lost database must not end all accounts. */
async function confirm(run: ReconcileRun, limit: number): Promise<string[]> {
  const missing: string[] = []
  await concurrently(unseenIds(run), CONCURRENCY, async (logtoId) => {
    if (!(await ask(run.parts, logtoId))) missing.push(logtoId)
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
