import type { LogtoConnection } from '../logto-connection.js'
import type { Settings } from '../settings.js'

/** What a step needs to know. */
export interface PlanContext {
  logto: LogtoConnection
  settings: Settings
  /** Name under which things are made, and found again when `.env` does not know their ids. */
  name: string
  /** Milliseconds since the epoch. */
  now: number
}

/** Variables for `.env`, by name. */
export type EnvValues = Record<string, string>

/** One thing in Logto, and what is to be done about it. */
export interface Step {
  /** What kind of thing: `SPA application`. */
  subject: string
  /** Which one. */
  name: string
  action: 'create' | 'change' | 'keep'
  /** What exactly is done, a line each. */
  details: string[]
  /** Names of the variables that it gives. */
  variables: string[]
  /** Values that are known before anything is done: all of them, unless something is created. */
  values: EnvValues
  /** Does it, and gives the values. Every write can be repeated, so that an interrupted run is completed by the next. */
  apply(): Promise<EnvValues>
}

/** Looks at Logto, without changing it, and says what is to be done. */
export type Planner = (context: PlanContext) => Promise<Step>

/** A step where there is nothing to do. */
export function keep(subject: string, name: string, values: EnvValues): Step {
  const variables = Object.keys(values)
  return { subject, name, action: 'keep', details: [], variables, values, apply: async () => values }
}
