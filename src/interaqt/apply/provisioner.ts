import { BoundedMap } from '../../logto/bounded-map.js'
import { SyncError } from '../errors.js'
import type { UserRecord } from '../records/user-record.js'
import { refreshRecord } from './refresh-record.js'
import type { SyncContext } from './sync-context.js'

/** How long Logto is not asked again about a user whom it does not know, and how many such users are remembered. */
const UNKNOWN_FOR_MS = 5_000
const MAX_UNKNOWN = 1_000

/** Creates the caller's User record just in time, when the webhook has not come yet or never will. */
export class Provisioner {
  readonly #context: SyncContext
  readonly #pending = new Map<string, Promise<UserRecord>>()
  // A deleted user's token is valid until it expires: it must not cause a request to Logto each time.
  readonly #unknownUntil = new BoundedMap<number>(MAX_UNKNOWN)

  constructor(context: SyncContext) {
    this.#context = context
  }

  /**
   * @throws SyncError `user_unknown`, `user_deleted` (401), `logto_unavailable`, `database_unavailable` (503), and those
   * of a refresh.
   */
  async ensureUser(logtoId: string): Promise<UserRecord> {
    const record = await this.#context.records.find(logtoId)
    if (record) return notDeleted(record)
    const pending = this.#pending.get(logtoId)
    if (pending) return pending
    const provision = this.#provision(logtoId).finally(() => this.#pending.delete(logtoId))
    this.#pending.set(logtoId, provision)
    return provision
  }

  async #provision(logtoId: string): Promise<UserRecord> {
    const { queue, records } = this.#context
    if ((this.#unknownUntil.get(logtoId) ?? 0) > Date.now()) throw unknownUser(logtoId)
    const refreshed = await queue.run(logtoId, (queueOfUser) =>
      refreshRecord(this.#context, logtoId, queueOfUser, { event: 'ensureUser', mayRestore: false }),
    )
    const record = await records.find(logtoId)
    if (record) return notDeleted(record)
    if (refreshed === 'unknown') this.#unknownUntil.set(logtoId, Date.now() + UNKNOWN_FOR_MS)
    throw unknownUser(logtoId)
  }
}

/** @throws SyncError `user_deleted`. */
function notDeleted(record: UserRecord): UserRecord {
  if (!record.isDeleted) return record
  throw new SyncError('user_deleted', `Logto user ${record.logtoId} was deleted.`)
}

function unknownUser(logtoId: string): SyncError {
  return new SyncError('user_unknown', `Logto has no user ${logtoId}.`)
}
