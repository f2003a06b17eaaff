import type { InteraqtConstraint, InteraqtProperty, InteraqtRow } from '../interaqt-model.js'
import { Property, UniqueConstraint } from '../interaqt-peer.js'

/** The application's own columns, by name. */
export type UserColumns = Record<string, unknown>

/** What the sync keeps about a user beside the application's columns. */
export interface SyncedFields {
  /** The Logto user id, `sub` of the user's access tokens; unique. */
  logtoId: string
  /** Logto's `updatedAt` of the state that the record shows: milliseconds since the epoch. */
  logtoUpdatedAt: number
  /** Suspended in Logto. */
  isSuspended: boolean
  /** Deleted in Logto. The record stays: the application's relations point to it, and late events do not make a new one. */
  isDeleted: boolean
}

/** The row of the application's User entity; `id` is Interaqt's. */
export type UserRecord<Columns extends UserColumns = UserColumns> = SyncedFields & {
  id: string | number
  [property: string]: unknown
} & { [Name in keyof Columns]?: Columns[Name] | null }

/** The state of a user according to one source. */
export interface UserState {
  logtoUpdatedAt: number
  isSuspended: boolean
  columns: UserColumns
}

/** Names that `mapUser` must not return. */
export const OWN_COLUMNS: ReadonlySet<string> = new Set([
  'id',
  'logtoId',
  'logtoUpdatedAt',
  'logtoRevision',
  'isSuspended',
  'isDeleted',
])

/**
 * Creates the properties that the sync adds to the User entity. All are nullable and without default, so that Interaqt
 * adds them to an existing application without a migration decision.
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

/** Creates the constraint of one User record per Logto user: it makes a lost race an error that can be retried. */
export function createConstraints(): InteraqtConstraint[] {
  return [UniqueConstraint.create({ name: 'oneUserPerLogtoId', properties: ['logtoId'] })]
}

/** Converts the sync's fields of a row to their declared types: SQLite returns booleans as numbers. */
export function toUserRecord(row: InteraqtRow): UserRecord {
  // In place: a reconcile reads every row, and a copy of each is most of its garbage.
  return Object.assign(row, {
    logtoId: String(row.logtoId),
    logtoUpdatedAt: Number(row.logtoUpdatedAt ?? 0),
    isSuspended: isTrue(row.isSuspended),
    isDeleted: isTrue(row.isDeleted),
  })
}

/** Returns how many times the sync has written the record. */
export function revisionOf(row: Record<string, unknown>): number {
  return Number(row.logtoRevision ?? 0)
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1
}
