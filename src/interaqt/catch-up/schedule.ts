import { setTimeout as delay } from 'node:timers/promises'
import { callSafely } from '../../logto/call-safely.js'
import { checkOptions } from '../../logto/check-options.js'
import { failureEntry } from '../../logto/log-line.js'
import type { Logger } from '../../logto/logger.js'
import { FUNCTION, type OptionRules, objectWith, POSITIVE } from '../../logto/option-rules.js'
import type { SyncContext } from '../apply/sync-context.js'
import type { InteraqtController } from '../interaqt-model.js'
import { advanceCursor, readCursor } from './cursors.js'
import { reconcile } from './reconcile.js'
import { RECONCILE_RULES, type ReconcileOptions, type ReconcileReport } from './reconcile-run.js'
import { HOOK_ID, type ReplayReport, replay } from './replay.js'

/** What `schedule` runs. */
export type ScheduledTask = 'replay' | 'reconcile' | 'retention'

/** When to replay and to reconcile. */
export interface ScheduleOptions {
  /** Id of the hook in Logto, needed to replay. */
  hookId?: string
  /** Milliseconds between two replays; the first one runs at once. Without it, or without `hookId`, there is none. */
  replayEvery?: number
  /** Milliseconds between two reconciles, over all processes and restarts. Without it there is none. */
  reconcileEvery?: number
  /** Options of the scheduled reconciles. Without its `onError`, that of the schedule is called. */
  reconcile?: Pick<ReconcileOptions, 'allowMassDeletion' | 'onError' | 'onProgress'>
  /** Called after each replay. */
  onReplay?: (report: ReplayReport) => void
  /** Called after each reconcile. */
  onReconcile?: (report: ReconcileReport) => void
  /**
   * Called with the error that ended a task, and for each delivery or user that could not be applied. The schedule
   * continues. Default: an error in the log of the sync.
   */
  onError?: (error: unknown, task: ScheduledTask) => void
}

const { allowMassDeletion, onError, onProgress } = RECONCILE_RULES

export const SCHEDULE_RULES = {
  hookId: HOOK_ID,
  replayEvery: POSITIVE,
  reconcileEvery: POSITIVE,
  reconcile: objectWith({ allowMassDeletion, onError, onProgress } satisfies OptionRules<
    NonNullable<ScheduleOptions['reconcile']>
  >),
  onReplay: FUNCTION,
  onReconcile: FUNCTION,
  onError: FUNCTION,
} satisfies OptionRules<ScheduleOptions>

/** A running schedule. */
export interface Schedule {
  /** Starts no more tasks, aborts the running one, and resolves when it has ended. */
  stop(): Promise<void>
}

interface Task {
  name: ScheduledTask
  /** Milliseconds. */
  period: number
  /**
   * Whether all processes share the period: the time of the last run is in the database, so that a task neither starts
   * with every deployment nor waits a full period after each. Two processes may still run it at once, which is harmless.
   */
  isShared: boolean
  run(onError: (error: unknown) => void): Promise<unknown>
}

/** How much a period is shortened or lengthened at random, so that instances do not run in step. */
const JITTER = 0.1
const RETENTION_EVERY_MS = 24 * 3_600_000
/** The longest wait of Node's timers. */
const MAX_WAIT_MS = 2 ** 31 - 1

/**
 * Starts the tasks of a schedule, one at a time.
 *
 * @param eventEntity - name of the entity whose old rows are deleted.
 * @throws TypeError when `replayEvery` comes without `hookId`, and for an option that is unknown or of another
 * type; SyncError `not_attached`.
 */
export function startSchedule(context: SyncContext, options: ScheduleOptions, eventEntity: string): Schedule {
  checkOptions('schedule', options, SCHEDULE_RULES)
  const stop = new AbortController()
  const { signal } = stop
  const { logger, records } = context
  const { controller } = records
  const tasks = tasksOf(context, options, eventEntity, signal)
  let running: Promise<unknown> = Promise.resolve()
  const report = (error: unknown, task: ScheduledTask) => reportError(error, task, options.onError, logger)
  const repeat = async (task: Task): Promise<void> => {
    while (!signal.aborted) {
      const run = running.then(() => runWhenDue(task, controller, signal, report))
      running = run
      await wait(await run, signal)
    }
  }
  const loops = tasks.map(repeat)
  return {
    async stop() {
      stop.abort(new Error('The schedule was stopped'))
      await Promise.all(loops)
    },
  }
}

function tasksOf(
  context: SyncContext,
  { hookId, replayEvery, reconcileEvery, onReplay, onReconcile, ...options }: ScheduleOptions,
  eventEntity: string,
  signal: AbortSignal,
): Task[] {
  const { controller } = context.records
  const tasks: Task[] = []
  if (replayEvery !== undefined) {
    if (hookId === undefined) {
      throw new TypeError(
        'schedule: replayEvery needs hookId, the id of the hook in Logto whose delivery log is read: set LOGTO_WEBHOOK_ID',
      )
    }
    const run: Task['run'] = async (onError) => {
      const report = await replay(context, { hookId, signal, onError })
      onReplay?.(report)
    }
    tasks.push({ name: 'replay', period: replayEvery, isShared: false, run })
  }
  if (reconcileEvery !== undefined) {
    const run: Task['run'] = async (onError) => {
      const report = await reconcile(context, { signal, onError, ...options.reconcile })
      onReconcile?.(report)
    }
    tasks.push({ name: 'reconcile', period: reconcileEvery, isShared: true, run })
  }
  const deleteOldEvents = () => controller.maintainEntityRetention({ entityNames: [eventEntity] })
  tasks.push({ name: 'retention', period: RETENTION_EVERY_MS, isShared: true, run: deleteOldEvents })
  return tasks
}

/** @returns the milliseconds until the task is due again, also when it failed. */
async function runWhenDue(
  { name, period, isShared, run }: Task,
  controller: InteraqtController,
  signal: AbortSignal,
  reportTask: (error: unknown, task: ScheduledTask) => void,
): Promise<number> {
  const report = (error: unknown) => reportTask(error, name)
  try {
    if (signal.aborted) return 0
    const lastRun = isShared ? await readCursor(controller, name) : undefined
    const age = lastRun === undefined ? Number.POSITIVE_INFINITY : Date.now() - lastRun
    if (age < period * (1 - JITTER)) return jittered(period) - age
    await run(report)
    if (isShared) await advanceCursor(controller, name, Date.now())
  } catch (error) {
    if (!signal.aborted) report(error)
  }
  return jittered(period)
}

function jittered(period: number): number {
  return period * (1 - JITTER + 2 * JITTER * Math.random())
}

// Unreferenced: a schedule alone keeps no process alive.
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  let left = Math.max(ms, 0)
  do {
    const step = Math.min(left, MAX_WAIT_MS)
    await delay(step, undefined, { signal, ref: false }).catch(() => {})
    left -= step
  } while (left > 0 && !signal.aborted)
}

// An error of the callback itself must end neither the schedule nor the process.
function reportError(
  error: unknown,
  task: ScheduledTask,
  onError: ScheduleOptions['onError'],
  logger: Logger,
): void {
  callSafely('onError of the schedule', logger, () => {
    if (onError) return onError(error, task)
    logger.error(failureEntry(`${task} failed`, error))
  })
}
