import { isOutage, SyncError } from '../errors.js'
import type { SyncParts } from '../sync-parts.js'
import type {
  ReconcileOptions,
  ReconcileProgress,
  ReconcileReport,
  UserDifference,
} from './reconcile-report.js'
import type { SeenUsers } from './seen-users.js'

/** A run under way: what it works with, and what it has counted. */
export interface ReconcileRun {
  parts: SyncParts
  options: ReconcileOptions
  report: Omit<ReconcileReport, 'differences'>
  differences: UserDifference[]
  seen: SeenUsers
  /** Tells `onProgress`, and stops when `signal` aborted. */
  tell(phase: ReconcileProgress['phase']): void
}

const COUNTS = {
  create: 'created',
  update: 'updated',
  suspend: 'suspended',
  restore: 'updated',
  delete: 'deleted',
} as const

/** Counts what a dry run leaves undone. */
export function note({ report, differences }: ReconcileRun, difference: UserDifference): void {
  report[COUNTS[difference.change]]++
  differences.push(difference)
}

/** Counts a failure that concerns one user alone; anything else ends the run. */
export async function attempt(run: ReconcileRun, logtoId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof SyncError) || isOutage(error)) throw error
    run.report.failed++
    run.options.onError?.(error, logtoId)
  }
}
