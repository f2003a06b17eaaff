import type { LogtoUser } from '../logto/index.js'
import type { UserLanes } from './apply/user-lanes.js'
import type { LogtoSource } from './logto-source.js'
import type { UserMapper } from './records/user-mapper.js'
import type { UserRecord } from './records/user-record.js'
import type { UserRecords } from './records/user-records.js'

/** What a write did to the User record. */
export type SyncOutcome = 'created' | 'updated' | 'stale' | 'suspended' | 'deleted' | 'ignored'

/** Values by which a User record that was there before Logto is recognised. */
export type AdoptUser = (
  user: LogtoUser,
) => Record<string, unknown> | undefined | Promise<Record<string, unknown> | undefined>

/** What the ways to be in sync share. */
export interface SyncParts {
  logto: LogtoSource
  records: UserRecords
  mapper: UserMapper
  lanes: UserLanes
  adopt: AdoptUser | undefined
  onDeleted: ((record: UserRecord) => unknown) | undefined
  /** True for all columns of `mapUser`. */
  eraseOnDelete: boolean | readonly string[]
}
