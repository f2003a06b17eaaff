import type { LogtoConnection } from '../logto-connection.js'
import type { Settings } from '../settings.js'
import type { EnvValues } from '../variables.js'

/** What a planner may look at. */
export interface PlanContext {
  logto: LogtoConnection
  settings: Settings
  /** Name of new things in Logto. They are found by it when `.env` does not know their ids. */
  name: string
  /** Milliseconds since the epoch. */
  now: number
  /** Whether a person sees the plan, and may let it lead a webhook or an application of `.env` to another URL. */
  mayMove: boolean
}

/** One thing in Logto, and what setup does with it. */
export interface Step {
  /** What kind of thing: `SPA application`. */
  subject: string
  /** Which one. */
  name: string
  action: 'create' | 'change' | 'keep'
  /** What exactly is done, a line each. */
  details: string[]
  /** Variables for `.env`. What is created first has no value yet. */
  values: Record<string, string | undefined>
  /** Does it, and resolves with all values. Every run repeats what is missing, so that it completes an interrupted one. */
  apply(): Promise<EnvValues>
}

/** Reads from Logto, changes nothing, and resolves with what is to do. */
export type Planner = (context: PlanContext) => Promise<Step>

/** Returns the action for a thing that was found, or not, and lacks `details`. */
export function actionOf(found: unknown, details: readonly string[]): Step['action'] {
  if (found === undefined) return 'create'
  return details.length > 0 ? 'change' : 'keep'
}
