import type { Logger } from '../../logto/logger.js'
import type { LogtoSource } from '../logto-source.js'
import type { UserMapper } from '../records/user-mapper.js'
import type { UserRecord } from '../records/user-record.js'
import type { UserRecords } from '../records/user-records.js'
import type { UserQueue } from './user-queue.js'

/** What all ways to be in sync work with. */
export interface SyncContext {
  logto: LogtoSource
  records: UserRecords
  mapper: UserMapper
  queue: UserQueue
  logger: Logger
  onDeleted: ((record: UserRecord) => unknown) | undefined
  /** Aborts the requests for single users. */
  signal?: AbortSignal | undefined
}
