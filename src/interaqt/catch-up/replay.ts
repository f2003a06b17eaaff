import { checkOptions } from '../../logto/check-options.js'
import {
  FUNCTION,
  from,
  integer,
  type OptionRules,
  required,
  SIGNAL,
  STRING,
} from '../../logto/option-rules.js'
import { applyEvent } from '../apply/apply-event.js'
import type { SyncContext } from '../apply/sync-context.js'
import { isOutage } from '../errors.js'
import { type LoggedDelivery, listed } from '../logto-source.js'
import type { SyncOutcome } from '../records/record-write.js'
import { applyBatch } from './apply-batch.js'
import { concurrently, inBatches } from './concurrently.js'
import { advanceCursor, readCursor } from './cursors.js'

/** How `replay` reads the delivery log. */
export interface ReplayOptions {
  /** Id of the hook in Logto. */
  hookId: string
  /**
   * Where the first replay starts, milliseconds since the epoch by Logto's clock. Default: the last 24 hours,
   * which Logto returns without a start. Later replays continue where the last one ended.
   */
  since?: number
  signal?: AbortSignal
  /** Called for each delivery that could not be applied; the next replay tries it again. */
  onError?: (error: unknown, event: unknown) => void
}

/** The hook's id, of which an empty one would read no log. */
export const HOOK_ID = from('LOGTO_WEBHOOK_ID', STRING)

export const REPLAY_RULES = {
  hookId: required(HOOK_ID),
  since: integer(0),
  signal: SIGNAL,
  onError: FUNCTION,
} satisfies OptionRules<ReplayOptions>

/** What a replay did. */
export interface ReplayReport {
  /** Deliveries that were read from the log: a hundred cost one request. */
  deliveries: number
  /** Those that Logto marks as failed. */
  failedDeliveries: number
  /** How often each outcome came of applying those. */
  outcomes: Record<SyncOutcome, number>
  /** Failed deliveries that could not be applied now either. */
  failed: number
  /** How far the log is replayed, milliseconds since the epoch by Logto's clock. */
  position: number | undefined
  /** Duration in milliseconds. */
  ms: number
}

/** Deliveries that are applied together, and how many such batches at a time. */
const BATCH = 20
const BATCHES = 3
/** Deliveries that are applied alone, at a time in each batch. */
const CONCURRENCY = 4
/** How far before the end of the last replay each one starts: Logto's instances need not log in the order of their clocks. */
const OVERLAP_MS = 60_000
/** How long a delivery that cannot be applied keeps the position where it is. A reconcile repairs what is older. */
const MAX_HOLD_MS = 24 * 3_600_000

/**
 * Applies what Logto's delivery log marks as failed. It may be repeated, and run in several processes at once: applying
 * an event again changes nothing.
 *
 * @throws SyncError `logto_unavailable`, `database_unavailable`, `not_attached`; TypeError for an option that is missing,
 * unknown or of another type; `signal`'s reason when it aborted. The next replay starts where this one did.
 */
export async function replay(sharedContext: SyncContext, options: ReplayOptions): Promise<ReplayReport> {
  checkOptions('replay', options, REPLAY_RULES)
  const { hookId, since, signal, onError } = options
  const startedAt = performance.now()
  const context: SyncContext = { ...sharedContext, signal }
  const { controller } = context.records
  const cursor = `replay ${hookId}`
  const last = await readCursor(controller, cursor)
  const startTime = last === undefined ? since : last - OVERLAP_MS
  const outcomes = { created: 0, updated: 0, stale: 0, suspended: 0, deleted: 0, ignored: 0 }
  const report: ReplayReport = {
    deliveries: 0,
    failedDeliveries: 0,
    outcomes,
    failed: 0,
    position: last,
    ms: 0,
  }
  let newest = last ?? Number.NEGATIVE_INFINITY
  let oldestFailure = Number.POSITIVE_INFINITY

  async function* failures() {
    const listOptions = { ...(startTime === undefined ? {} : { startTime }), ...(signal ? { signal } : {}) }
    for await (const delivery of listed(context.logto.recentDeliveries(hookId, listOptions), signal)) {
      report.deliveries++
      newest = Math.max(newest, delivery.createdAt)
      if (delivery.payload.result === 'Success') continue
      report.failedDeliveries++
      yield delivery
    }
  }

  const applyAlone = async ({ createdAt, payload }: LoggedDelivery) => {
    const body = payload.hookRequest?.body
    try {
      outcomes[await applyEvent(context, body)]++
    } catch (error) {
      signal?.throwIfAborted()
      // Every other delivery would fail too.
      if (isOutage(error)) throw error
      report.failed++
      oldestFailure = Math.min(oldestFailure, createdAt)
      onError?.(error, body)
    }
  }

  await concurrently(inBatches(failures(), BATCH), BATCHES, async (deliveries) => {
    const batch = await applyBatch(context, deliveries)
    for (const outcome of batch.outcomes) outcomes[outcome]++
    await concurrently(batch.rest, CONCURRENCY, applyAlone)
  })
  signal?.throwIfAborted()
  const position = Math.max(Math.min(newest, oldestFailure - 1), newest - MAX_HOLD_MS)
  if (Number.isFinite(position)) {
    await advanceCursor(controller, cursor, position)
    report.position = Math.max(position, last ?? position)
  }
  report.ms = performance.now() - startedAt
  return report
}
