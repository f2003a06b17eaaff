import type { LogtoConnection } from '../logto-connection.js'
import type { Application, Hook } from '../logto-schemas.js'
import type { LoginMode, Settings } from '../settings.js'
import type { Terminal } from '../terminal.js'

/** What a check has found. */
export interface Finding {
  status: 'ok' | 'warning' | 'failure'
  expected: string
  found: string
  /** How to repair it: the command, or the page of Logto's console. */
  remedy?: string
}

/** One question that doctor asks. */
export interface Check {
  /** Stable name, for `--json`. */
  id: string
  title: string
  /** Only for this way to sign in; absent: for both. */
  loginMode?: LoginMode
  /** Checks that must have passed. Otherwise this one would only repeat their failure, and is skipped. */
  needs: string[]
  /** What to do when the server does not answer at all. */
  ifUnanswered?: string
  run(context: CheckContext): Promise<Finding>
}

/** What the checks share. Earlier checks store here what later ones need. */
export interface CheckContext {
  terminal: Terminal
  settings: Settings
  /** Failed deliveries before this moment are not counted; milliseconds since the epoch. */
  since: number
  discovery?: { issuer: string }
  logto?: LogtoConnection
  /** When Logto issued a machine token (by its clock, in seconds), and our time before and after (in milliseconds). */
  clock?: { issuedAt: number; before: number; after: number }
  /** The application that people sign in with: single-page or traditional web. */
  application?: Application
  hook?: Hook
  /** The code with which the API answered a test delivery that it took: why it cannot work with it. */
  testFailure?: string
}

/** It is as it should be. */
export function ok(expected: string, found = expected): Finding {
  return { status: 'ok', expected, found }
}

/** It is not, and something does not work. */
export function failure(expected: string, found: string, remedy: string): Finding {
  return { status: 'failure', expected, found, remedy }
}

/** It works, but somebody should look. */
export function warning(expected: string, found: string, remedy: string): Finding {
  return { status: 'warning', expected, found, remedy }
}

/** Returns what an earlier check stored. @throws Error when the check does not name that one in `needs`. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a check runs before the one that it needs')
  return value
}

/** The command that repairs most things: it creates or completes what is missing. */
export const RUN_SETUP = 'npx interaqt-logto setup'
