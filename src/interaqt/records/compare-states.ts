import type { UserRecord, UserState } from './user-record.js'

/**
 * Within this distance two `updatedAt` do not tell which state is the later one, milliseconds: it is the start of the
 * writing transaction, and of 300 rounds of 20 parallel writes 232 ended with a row that was not the newest
 * (docs/facts.md, "Webhooks"). No request of Logto's takes longer.
 */
const CLOSE_MS = 10_000

/** Compares a state with the record by Logto's clock: the last writer wins, where the clock shows who that was. */
export function compareStates(record: UserRecord, state: UserState): 'newer' | 'older' | 'unclear' {
  const lead = state.logtoUpdatedAt - record.logtoUpdatedAt
  if (lead > CLOSE_MS) return 'newer'
  if (lead < -CLOSE_MS || differencesOf(record, state).length === 0) return 'older'
  return 'unclear'
}

/** Returns the columns in which the record differs from this state. */
export function differencesOf(record: UserRecord, state: UserState): string[] {
  const { logtoUpdatedAt, isSuspended, columns } = state
  const different = Object.keys(columns).filter((name) => !isSameValue(record[name], columns[name]))
  if (record.logtoUpdatedAt !== logtoUpdatedAt) different.push('logtoUpdatedAt')
  if (record.isSuspended !== isSuspended) different.push('isSuspended')
  return different
}

/**
 * Returns whether a stored value is the one that `mapUser` wants. Databases return booleans as numbers, times in other
 * forms and JSON as new objects.
 */
export function isSameValue(stored: unknown, wanted: unknown): boolean {
  if (stored === wanted) return true
  if (stored === undefined || stored === null || wanted === undefined || wanted === null) {
    return (stored ?? null) === (wanted ?? null)
  }
  if (typeof wanted === 'boolean') return stored === (wanted ? 1 : 0)
  if (stored instanceof Date || wanted instanceof Date) return timeOf(stored) === timeOf(wanted)
  if (typeof stored !== 'object' || typeof wanted !== 'object') return false
  return isSameJson(stored, wanted)
}

function isSameJson(stored: object, wanted: object): boolean {
  if (Array.isArray(stored) !== Array.isArray(wanted)) return false
  // A key without a value does not survive JSON.
  const entries = Object.entries(wanted).filter(([, value]) => value !== undefined)
  const storedEntries = new Map(Object.entries(stored))
  return (
    entries.length === storedEntries.size &&
    entries.every(([key, value]) => storedEntries.has(key) && isSameValue(storedEntries.get(key), value))
  )
}

function timeOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : Date.parse(String(value))
}
