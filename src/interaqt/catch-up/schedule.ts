import { setTimeout as delay } from 'node:timers/promises'
import type { InteraqtController } from '../interaqt-model.js'
import { advanceCursor, readCursor } from './cursors.js'
import type { ReconcileOptions, ReconcileReport } from './reconcile-report.js'
import type { ReplayReport } from './replay.js'

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
  /** Of the scheduled reconciles. */
  reconcile?: Pick<ReconcileOptions, 'allowMassDeletion' | 'onError' | 'onProgress'>
  /** Told what each replay did. */
  onReplay?: (report: ReplayReport) => void
  /** Told what each reconcile did. */
  onReconcile?: (report: ReconcileReport) => void
  /**
   * Told what ended a task, and which delivery or user could not be applied; the schedule goes on. Default:
   * `console.error`.
   */
  onError?: (error: unknown, task: ScheduledTask) => void
}

/** A schedule under way. */
export interface Schedule {
  /** Starts nothing more, aborts what runs, and resolves when it has ended. */
  stop(): Promise<void>
}

/** What a run of a task gets. */
interface ScheduledRun {
  signal: AbortSignal
  /** Told about each delivery or user that could not be applied. */
  onError(error: unknown): void
}

/** What a schedule runs its tasks with. */
export interface ScheduleTasks {
  controller: InteraqtController
  replay(hookId: string, run: ScheduledRun): Promise<ReplayReport>
  reconcile(run: ScheduledRun): Promise<ReconcileReport>
  /** Deletes event rows that are past their retention. */
  retain(): Promise<unknown>
}

/** How much a period is shortened or lengthened at random, so that instances do not run in step. */
const JITTER = 0.1
const RETENTION_EVERY_MS = 24 * 3_600_000
/** The longest that Node's timers can wait. */
const MAX_WAIT_MS = 2 ** 31 - 1

/** Runs the tasks until it is stopped, one at a time. */
export function startSchedule(tasks: ScheduleTasks, options: ScheduleOptions): Schedule {
  const { hookId, replayEvery, reconcileEvery, onReplay, onReconcile } = options
  if (replayEvery !== undefined && hookId === undefined) {
    throw new TypeError(
      'schedule: replayEvery needs hookId, the id of the hook in Logto whose delivery log is read',
    )
  }
  const stop = new AbortController()
  const { signal } = stop
  let last: Promise<unknown> = Promise.resolve()

  // What the callback throws is its own failure: it must end neither the schedule nor the process.
  const tell = (error: unknown, name: ScheduledTask) => {
    try {
      const { onError = report } = options
      onError(error, name)
    } catch (thrown) {
      console.error('interaqt-logto: onError of the schedule threw:', thrown)
    }
  }
  const runOf = (name: ScheduledTask): ScheduledRun => ({ signal, onError: (error) => tell(error, name) })

  const run = (name: ScheduledTask, task: () => Promise<void>): Promise<void> => {
    const turn = last.then(async () => {
      try {
        if (!signal.aborted) await task()
      } catch (error) {
        if (!signal.aborted) tell(error, name)
      }
    })
    last = turn
    return turn
  }

  const loops: Promise<void>[] = []
  if (replayEvery !== undefined && hookId !== undefined) {
    loops.push(
      every(replayEvery, signal, () =>
        run('replay', async () => {
          const done = await tasks.replay(hookId, runOf('replay'))
          onReplay?.(done)
        }),
      ),
    )
  }
  if (reconcileEvery !== undefined) {
    loops.push(
      sharedEvery('reconcile', reconcileEvery, signal, tasks.controller, run, async () => {
        const done = await tasks.reconcile(runOf('reconcile'))
        onReconcile?.(done)
      }),
    )
  }
  loops.push(
    sharedEvery('retention', RETENTION_EVERY_MS, signal, tasks.controller, run, async () => {
      await tasks.retain()
    }),
  )
  return {
    async stop() {
      stop.abort(new Error('The schedule was stopped'))
      await Promise.all(loops)
    },
  }
}

async function every(period: number, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await task()
    await wait(jittered(period), signal)
  }
}

/**
 * A task that all processes share: when it ran last is in the database, so that it neither starts with every deployment
 * nor waits a full period after each. Two processes may still run it at once, which does no harm.
 */
async function sharedEvery(
  name: ScheduledTask,
  period: number,
  signal: AbortSignal,
  controller: InteraqtController,
  run: (name: ScheduledTask, task: () => Promise<void>) => Promise<void>,
  task: () => Promise<void>,
): Promise<void> {
  let due = 0
  while (!signal.aborted) {
    await run(name, async () => {
      // Also when the task fails: the next try is a period away then.
      due = Date.now() + jittered(period)
      const lastRun = await readCursor(controller, name)
      const isDue = lastRun === undefined || Date.now() - lastRun >= period * (1 - JITTER)
      if (!isDue) {
        due = lastRun + jittered(period)
        return
      }
      await task()
      await advanceCursor(controller, name, Date.now())
    })
    await wait(due - Date.now(), signal)
  }
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

function report(error: unknown, task: ScheduledTask): void {
  console.error(`interaqt-logto: ${task} failed:`, error)
}
