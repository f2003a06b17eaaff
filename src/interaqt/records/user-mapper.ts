import type { LogtoUser } from '../../logto/index.js'
import { isObject } from '../../logto/is-object.js'
import { messageOf, SyncError } from '../errors.js'
import { OWN_COLUMNS, type UserColumns, type UserState } from './user-record.js'

/** Returns the application's columns that come from Logto. */
export type MapUser<Columns extends UserColumns> = (user: LogtoUser) => Columns | Promise<Columns>

/** What is known of the columns that `mapUser` fills. */
export interface MapUserSample {
  names: string[]
  /** What is wrong with what it returned. */
  problem?: string
  /** Fields that it read of a Logto user, and that no Logto user has. */
  unknownFields?: string[]
}

/** Fields of a Logto user that a blank one lacks (recordings/mgmt/user-get.json); the second one is not in the released 1.42.0. */
const OTHER_FIELDS = ['hasPassword', 'cimdClientId']

/** What awaiting a value, and writing it as JSON, reads of any object. */
const READ_OF_ANYTHING = ['then', 'toJSON']

/** Nothing is known. */
export const NO_SAMPLE: MapUserSample = { names: [] }

/** Maps Logto users to the columns of User records. */
export class UserMapper {
  readonly #mapUser: MapUser<UserColumns>
  readonly #eraseOnDelete: boolean | readonly string[]
  /** All columns that were ever filled. */
  readonly #names = new Set<string>()

  /** @param eraseOnDelete - true for all columns of `mapUser`. */
  constructor(mapUser: MapUser<UserColumns>, eraseOnDelete: boolean | readonly string[]) {
    this.#mapUser = mapUser
    this.#eraseOnDelete = eraseOnDelete
  }

  /** @throws SyncError `columns_invalid`. */
  async stateOf(user: LogtoUser): Promise<UserState> {
    const columns = await this.#columnsOf(user)
    return { logtoUpdatedAt: user.updatedAt, isSuspended: user.isSuspended === true, columns }
  }

  /**
   * Returns the columns that a deletion clears. All columns of `mapUser` are those that it has filled for others, and
   * those that it returns for a user with nothing but an id.
   *
   * @throws SyncError `columns_invalid` when it threw for that one, and has filled nothing yet. A deletion must not
   * count as erased when it is not, and a `mapUser` that needs a name must not block it for ever.
   */
  async erasedColumns(logtoId: string): Promise<UserColumns> {
    let names: Iterable<string> = this.#names
    if (this.#eraseOnDelete === true) {
      await this.#columnsOf(blankUser(logtoId)).catch((error: unknown) => {
        if (this.#names.size === 0) throw error
      })
    } else {
      names = this.#eraseOnDelete || []
    }
    return Object.fromEntries([...names].map((name) => [name, null]))
  }

  /**
   * Calls `mapUser` with a user of whom nothing but an id is known, to learn which columns it fills and which fields it
   * reads. The columns of one that throws for such a user are not known.
   *
   * @returns a promise when `mapUser` is async.
   */
  sample(): MapUserSample | Promise<MapUserSample> {
    const unknown = new Set<string>()
    const user = withReadsOfUnknown(blankUser('000000000000'), unknown)
    const known = (columns: unknown) => ({ ...sampleOf(columns), unknownFields: [...unknown] })
    const unknownOnly = () => ({ ...NO_SAMPLE, unknownFields: [...unknown] })
    try {
      const columns = this.#mapUser(user)
      return columns instanceof Promise ? columns.then(known).catch(unknownOnly) : known(columns)
    } catch {
      return unknownOnly()
    }
  }

  async #columnsOf(user: LogtoUser): Promise<UserColumns> {
    const columns = await this.#map(user)
    const { names, problem } = sampleOf(columns)
    if (problem !== undefined) throw new SyncError('columns_invalid', problem)
    for (const name of names) this.#names.add(name)
    // A column without a value is an empty one: undefined would keep the old value.
    return Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, value ?? null]))
  }

  async #map(user: LogtoUser): Promise<UserColumns> {
    try {
      return await this.#mapUser(user)
    } catch (cause) {
      const message = `mapUser threw for Logto user ${user.id}: ${messageOf(cause)}`
      throw new SyncError('columns_invalid', message, { cause })
    }
  }
}

function sampleOf(columns: unknown): MapUserSample {
  if (!isObject(columns)) {
    const problem =
      `mapUser must return an object of columns, and returned ${columns === null ? 'null' : typeof columns}: ` +
      'write (user) => ({ username: user.username })'
    return { names: [], problem }
  }
  const names = Object.keys(columns)
  const reserved = names.filter((name) => OWN_COLUMNS.has(name))
  if (reserved.length === 0) return { names }
  return { names, problem: `mapUser must not return ${reserved.join(', ')}: the sync keeps them itself.` }
}

/** Returns the user, and notes in `unknown` which fields are read of it that it does not have. */
function withReadsOfUnknown(user: LogtoUser, unknown: Set<string>): LogtoUser {
  const known = [...OTHER_FIELDS, ...READ_OF_ANYTHING]
  return new Proxy(user, {
    get(target, name, receiver) {
      if (typeof name === 'string' && !(name in target) && !known.includes(name)) unknown.add(name)
      return Reflect.get(target, name, receiver)
    },
  })
}

/** Returns a Logto user with nothing but an id: `mapUser` shows with it which columns it fills. */
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
