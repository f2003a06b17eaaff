import type { Controller } from '@interaqt/runtime'
import { MatchExp } from '@interaqt/storage'
import type { Client } from '@yourorg/interaqt-logto/server'
import { type LogtoWebhookEvent, userIdOf } from '@yourorg/interaqt-logto/webhook'
import type { OneAtATime } from './one-at-a-time.js'

export interface UserRecord {
  id: string
  logtoId: string
  username: string
  status: 'active' | 'suspended' | 'deleted'
  logtoUpdatedAt: string
}

/** What Logto says of a user, as it is written. */
type UserState = Omit<UserRecord, 'id'>

/** Keeps one User record per Logto user, equal to what Logto says. */
export class UserRecords {
  constructor(
    private readonly controller: Controller,
    private readonly logto: Client,
    private readonly oneAtATime: OneAtATime,
  ) {}

  /**
   * Applies one webhook event. An event only says who changed; what is written is Logto's present state. So events may
   * come twice or out of order, and nobody can put words into one.
   */
  async apply(event: LogtoWebhookEvent): Promise<void> {
    const logtoId = userIdOf(event)
    if (logtoId !== undefined) await this.#synchronize(logtoId)
  }

  /** The record of a Logto user; made at the first request when no webhook has come. Undefined for an unknown user. */
  async ensure(logtoId: string): Promise<UserRecord | undefined> {
    return (await this.#find(logtoId)) ?? this.#synchronize(logtoId)
  }

  async #synchronize(logtoId: string): Promise<UserRecord | undefined> {
    const user = await this.logto.getUser(logtoId)
    return this.oneAtATime(async () => {
      const record = await this.#find(logtoId)
      if (!user) return record && this.#update(record, { ...record, status: 'deleted' })
      const state: UserState = {
        logtoId,
        username: user.username ?? user.primaryEmail ?? user.id,
        status: user.isSuspended ? 'suspended' : 'active',
        logtoUpdatedAt: String(user.updatedAt),
      }
      if (!record) return this.#create(state)
      // Two answers of Logto may overtake one another on their way here; deletion is final.
      const isOlder = user.updatedAt < Number(record.logtoUpdatedAt)
      return isOlder || record.status === 'deleted' ? record : this.#update(record, state)
    })
  }

  #find(logtoId: string): Promise<UserRecord | undefined> {
    const match = MatchExp.atom({ key: 'logtoId', value: ['=', logtoId] })
    return this.controller.system.storage.findOne('User', match, undefined, ['*'])
  }

  async #create(state: UserState): Promise<UserRecord | undefined> {
    await this.controller.system.storage.create('User', state)
    return this.#find(state.logtoId)
  }

  async #update(record: UserRecord, { username, status, logtoUpdatedAt }: UserState): Promise<UserRecord> {
    const match = MatchExp.atom({ key: 'id', value: ['=', record.id] })
    const changes = { username, status, logtoUpdatedAt }
    await this.controller.system.storage.update('User', match, changes)
    return { ...record, ...changes }
  }
}
