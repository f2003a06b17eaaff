import type { LogtoUser } from '../../logto/index.js'
import { SyncError } from '../errors.js'
import { blankUser, OWN_COLUMNS, type UserColumns, type UserState } from './user-record.js'

/** Which of the application's columns come from Logto. */
export type MapUser<Columns extends UserColumns> = (user: LogtoUser) => Columns | Promise<Columns>

/** What a User record shows of a Logto user. */
export class UserMapper {
  readonly #mapUser: MapUser<UserColumns>
  /** All columns that were ever filled. */
  readonly #names = new Set<string>()

  constructor(mapUser: MapUser<UserColumns>) {
    this.#mapUser = mapUser
  }

  /** @throws SyncError `columns_invalid`. */
  async stateOf(user: LogtoUser): Promise<UserState> {
    const columns = await this.#columnsOf(user)
    return { logtoUpdatedAt: user.updatedAt, isSuspended: user.isSuspended === true, columns }
  }

  /**
   * Every column that `mapUser` fills, cleared: what it has filled for others, and what it makes of a user of whom
   * nothing is known.
   *
   * @throws SyncError `columns_invalid` when it threw for that one, and has filled nothing yet: a deletion must not
   * count as erased when it is not, nor be held up for ever by a `mapUser` that cannot do without a name.
   */
  async clearedColumns(logtoId: string): Promise<UserColumns> {
    try {
      await this.#columnsOf(blankUser(logtoId))
    } catch (error) {
      if (this.#names.size === 0) throw error
    }
    return Object.fromEntries([...this.#names].map((name) => [name, null]))
  }

  async #columnsOf(user: LogtoUser): Promise<UserColumns> {
    const columns = await this.#map(user)
    const taken = Object.keys(columns).filter((name) => OWN_COLUMNS.has(name))
    if (taken.length > 0) {
      throw new SyncError(
        'columns_invalid',
        `mapUser must not return ${taken.join(', ')}: the sync keeps them itself.`,
      )
    }
    for (const name of Object.keys(columns)) this.#names.add(name)
    // A column without a value is an empty one: undefined would leave in place what was there.
    return Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, value ?? null]))
  }

  async #map(user: LogtoUser): Promise<UserColumns> {
    try {
      return await this.#mapUser(user)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new SyncError('columns_invalid', `mapUser threw for Logto user ${user.id}: ${reason}`, { cause })
    }
  }
}
