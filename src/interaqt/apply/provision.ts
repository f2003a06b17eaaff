import { SyncError } from '../errors.js'
import type { UserRecord } from '../records/user-record.js'
import type { SyncParts } from '../sync-parts.js'
import { settle } from './settle.js'

/** How long Logto is not asked again about a user whom it does not know, and how many such users are remembered. */
const UNKNOWN_FOR_MS = 5_000
const MAX_UNKNOWN = 1_000

/** The User record of whoever calls, made just in time when the webhook has not come yet, or never will. */
export class Provisioner {
  readonly #parts: SyncParts
  readonly #underway = new Map<string, Promise<UserRecord>>()
  // A deleted user's token verifies until it expires: its holder must not make us ask Logto at every request.
  readonly #unknownUntil = new Map<string, number>()

  constructor(parts: SyncParts) {
    this.#parts = parts
  }

  /**
   * @throws SyncError `user_unknown`, `user_deleted` (401), `logto_unavailable`, `database_unavailable` (503), and those
   * of a settlement.
   */
  async ensureUser(logtoId: string): Promise<UserRecord> {
    const record = await this.#parts.records.find(logtoId)
    if (record) return present(record)
    const underway = this.#underway.get(logtoId)
    if (underway) return underway
    const provision = this.#provision(logtoId).finally(() => this.#underway.delete(logtoId))
    this.#underway.set(logtoId, provision)
    return provision
  }

  async #provision(logtoId: string): Promise<UserRecord> {
    const { lanes, records } = this.#parts
    if ((this.#unknownUntil.get(logtoId) ?? 0) > Date.now()) throw unknownUser(logtoId)
    const settled = await lanes.run(logtoId, (lane) =>
      settle(this.#parts, logtoId, lane, { event: 'ensureUser', mayRestore: false }),
    )
    const record = await records.find(logtoId)
    if (record) return present(record)
    if (settled === 'unknown') this.#rememberUnknown(logtoId)
    throw unknownUser(logtoId)
  }

  #rememberUnknown(logtoId: string): void {
    this.#unknownUntil.delete(logtoId)
    this.#unknownUntil.set(logtoId, Date.now() + UNKNOWN_FOR_MS)
    const [oldest] = this.#unknownUntil.keys()
    if (this.#unknownUntil.size > MAX_UNKNOWN && oldest !== undefined) this.#unknownUntil.delete(oldest)
  }
}

function present(record: UserRecord): UserRecord {
  if (!record.isDeleted) return record
  throw new SyncError('user_deleted', `Logto user ${record.logtoId} was deleted.`)
}

function unknownUser(logtoId: string): SyncError {
  return new SyncError('user_unknown', `Logto has no user ${logtoId}.`)
}
