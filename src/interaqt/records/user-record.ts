import type { LogtoUser } from '../../logto/index.js'
import type { InteraqtConstraint, InteraqtProperty, InteraqtRow } from '../interaqt-model.js'
import { Property, UniqueConstraint } from '../interaqt-peer.js'

/** Columns of the application's own, by name. */
export type UserColumns = Record<string, unknown>

/** What the sync keeps about a user beside the application's columns. */
export interface SyncedFields {
  /** The Logto user id, `sub` of the user's access tokens; unique. */
  logtoId: string
  /** Logto's `updatedAt` of the state that the record shows: milliseconds since the epoch. */
  logtoUpdatedAt: number
  /** Suspended in Logto. */
  isSuspended: boolean
  /** Deleted in Logto. The record stays: the application's relations hang on it, and it keeps late events out. */
  isDeleted: boolean
}

/** The row of the application's User entity; `id` is Interaqt's. */
export type UserRecord<Columns extends UserColumns = UserColumns> = SyncedFields & {
  id: string | number
  [property: string]: unknown
} & { [Name in keyof Columns]?: Columns[Name] | null }

/** The state of a user as one source tells it. */
export interface UserState {
  logtoUpdatedAt: number
  isSuspended: boolean
  columns: UserColumns
}

/** Names that are not `mapUser`'s to return. */
export const OWN_COLUMNS: ReadonlySet<string> = new Set([
  'id',
  'logtoId',
  'logtoUpdatedAt',
  'logtoRevision',
  'isSuspended',
  'isDeleted',
])

/**
 * The properties that the sync adds to the User entity. All are nullable and without default, so that Interaqt adds
 * them to an existing application without a migration decision.
 */
export function createProperties(): InteraqtProperty[] {
  return [
    Property.create({ name: 'logtoId', type: 'string' }),
    Property.create({ name: 'logtoUpdatedAt', type: 'number' }),
    // Counts the sync's writes. Two states of a user can have the same updatedAt, so that it cannot tell whether
    // another process wrote while this one was asking Logto.
    Property.create({ name: 'logtoRevision', type: 'number' }),
    Property.create({ name: 'isSuspended', type: 'boolean' }),
    Property.create({ name: 'isDeleted', type: 'boolean' }),
  ]
}

/** One User record per Logto user, whatever races: what makes a lost race an error that can be retried. */
export function createConstraints(): InteraqtConstraint[] {
  return [UniqueConstraint.create({ name: 'oneUserPerLogtoId', properties: ['logtoId'] })]
}

/** A row with the sync's fields in the types that they are declared in: SQLite gives booleans as numbers. */
export function toUserRecord(row: InteraqtRow): UserRecord {
  // In place: a reconcile reads every row, and a copy of each is most of its garbage.
  return Object.assign(row, {
    logtoId: String(row.logtoId),
    logtoUpdatedAt: Number(row.logtoUpdatedAt ?? 0),
    isSuspended: isTrue(row.isSuspended),
    isDeleted: isTrue(row.isDeleted),
  })
}

/** How many times the sync has written the record; 0 for one that it has not. */
export function revisionOf(row: Record<string, unknown>): number {
  return Number(row.logtoRevision ?? 0)
}

/** The columns in which the record differs from this state. */
export function differencesOf(record: UserRecord, state: UserState): string[] {
  const { logtoUpdatedAt, isSuspended, columns } = state
  const different = Object.keys(columns).filter((name) => !isSameValue(record[name], columns[name]))
  if (record.logtoUpdatedAt !== logtoUpdatedAt) different.push('logtoUpdatedAt')
  if (record.isSuspended !== isSuspended) different.push('isSuspended')
  return different
}

/** A Logto user about whom nothing is known: what `mapUser` makes of it shows which columns it fills. */
export function blankUser(id: string): LogtoUser {
  return {
    id,
    username: null,
    primaryEmail: null,
    primaryPhone: null,
    name: null,
    avatar: null,
    customData: {},
    identities: {},
    profile: {},
    applicationId: null,
    isSuspended: false,
    lastSignInAt: null,
    createdAt: 0,
    updatedAt: 0,
  }
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1
}

/** Whether a stored value is what `mapUser` wants: databases give booleans as numbers, times as other times, JSON anew. */
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
