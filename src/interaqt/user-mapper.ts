import type { LogtoUser } from '../logto/index.js'
import { SyncError } from './errors.js'
import { blankUser, OWN_COLUMNS, type UserColumns, type UserState } from './user-record.js'

/** Which of the application's columns come from Logto. */
export type MapUser<Columns extends UserColumns> = (user: LogtoUser) => Columns | Promise<Columns>

/** What a User record shows of a Logto user. */
export class UserMapper {
  readonly #mapUser: MapUser<UserColumns>

  constructor(mapUser: MapUser<UserColumns>) {
    this.#mapUser = mapUser
  }

  /** @throws SyncError `columns_invalid`. */
  async stateOf(user: LogtoUser): Promise<UserState> {
    const columns = await this.#columnsOf(user)
    return { logtoUpdatedAt: user.updatedAt, isSuspended: user.isSuspended === true, columns }
  }

  /** Every column that `mapUser` fills, cleared. */
  async clearedColumns(logtoId: string): Promise<UserColumns> {
    const columns = await this.#columnsOf(blankUser(logtoId))
    return Object.fromEntries(Object.keys(columns).map((name) => [name, null]))
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
