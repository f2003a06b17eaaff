import { BOOLEAN, FUNCTION, type OptionRules, SIGNAL } from '../../logto/option-rules.js'
import type { RefreshOutcome } from '../apply/refresh-record.js'
import type { SyncContext } from '../apply/sync-context.js'
import { isOutage, SyncError } from '../errors.js'
import { SeenUsers } from './seen-users.js'

/** One record that differs from Logto. Names of columns only: a report may end in a log. */
export interface UserDifference {
  logtoId: string
  change: 'create' | 'update' | 'suspend' | 'restore' | 'delete'
  /** The columns that differ. */
  columns: string[]
}

/** What a reconcile did. */
export interface ReconcileReport {
  /** Users that Logto listed. */
  scanned: number
  created: number
  updated: number
  suspended: number
  deleted: number
  unchanged: number
  /** Users whose record could not be repaired; `onError` got the reason. */
  failed: number
  /** Requests to Logto. */
  requests: number
  /** Duration in milliseconds. */
  ms: number
  /** With `dryRun`: what would be repaired. */
  differences?: UserDifference[]
}

/** How far a reconcile is. */
export interface ReconcileProgress extends Omit<ReconcileReport, 'differences'> {
  /** First users are compared, then the records whose user Logto did not list. */
  phase: 'users' | 'deletions'
  /** How many users Logto has; undefined while it is not known, and where Logto stops counting. */
  total: number | undefined
}

/** How `reconcile` runs. */
export interface ReconcileOptions {
  /** Called after each batch of users, and for each record whose user Logto did not list. */
  onProgress?: (progress: ReconcileProgress) => void
  /** Called for each user whose record could not be repaired. */
  onError?: (error: unknown, logtoId: string) => void
  signal?: AbortSignal
  /** Only compares; the report has `differences`. */
  dryRun?: boolean
  /** Lets it mark more than max(10, 5 %) of the records as deleted. */
  allowMassDeletion?: boolean
}

export const RECONCILE_RULES = {
  onProgress: FUNCTION,
  onError: FUNCTION,
  signal: SIGNAL,
  dryRun: BOOLEAN,
  allowMassDeletion: BOOLEAN,
} satisfies OptionRules<ReconcileOptions>

const COUNTER_OF = {
  create: 'created',
  update: 'updated',
  suspend: 'suspended',
  restore: 'updated',
  delete: 'deleted',
} as const

/** A reconcile that is running: its options and its counters. */
export class ReconcileRun {
  readonly options: ReconcileOptions
  /** Counts the requests for single users. */
  readonly context: SyncContext
  readonly seen = new SeenUsers()
  readonly differences: UserDifference[] = []
  readonly report = {
    scanned: 0,
    created: 0,
    updated: 0,
    suspended: 0,
    deleted: 0,
    unchanged: 0,
    failed: 0,
    requests: 0,
    ms: 0,
  }
  total: number | undefined
  readonly #startedAt = performance.now()

  constructor(context: SyncContext, options: ReconcileOptions) {
    const { logto } = context
    this.options = options
    this.context = {
      ...context,
      signal: options.signal,
      logto: {
        users: (listOptions) => logto.users(listOptions),
        recentDeliveries: (hookId, listOptions) => logto.recentDeliveries(hookId, listOptions),
        getUser: (logtoId, requestOptions) => {
          this.report.requests++
          return logto.getUser(logtoId, requestOptions)
        },
      },
    }
  }

  /**
   * Calls `onProgress`.
   *
   * @throws `signal`'s reason when it aborted.
   */
  reportProgress(phase: ReconcileProgress['phase']): void {
    const { report, options, total } = this
    report.ms = performance.now() - this.#startedAt
    options.onProgress?.({ ...report, phase, total })
    options.signal?.throwIfAborted()
  }

  /** Counts what was done about one user. */
  count(outcome: RefreshOutcome): void {
    const isRepair = outcome !== 'stale' && outcome !== 'ignored' && outcome !== 'unknown'
    this.report[isRepair ? outcome : 'unchanged']++
  }

  /** Counts and keeps what a dry run does not repair. */
  addDifference(difference: UserDifference): void {
    this.report[COUNTER_OF[difference.change]]++
    this.differences.push(difference)
  }

  /**
   * Does the work for one user, and counts a failure that concerns this user alone.
   *
   * @throws any other failure, which ends the run; `signal`'s reason when it aborted.
   */
  async attempt(logtoId: string, work: () => Promise<void>): Promise<void> {
    this.options.signal?.throwIfAborted()
    try {
      await work()
    } catch (error) {
      if (!(error instanceof SyncError) || isOutage(error)) throw error
      this.report.failed++
      this.options.onError?.(error, logtoId)
    }
  }
}
