import { checkOptions } from '../logto/check-options.js'
import { FUNCTION, type OptionRules, objectThatCan, required, STRING } from '../logto/option-rules.js'
import type { LogtoWebhookEvent } from '../webhook/event.js'
import { applyEvent } from './apply/apply-event.js'
import { Provisioner } from './apply/provisioner.js'
import type { SyncContext } from './apply/sync-context.js'
import { UserQueue } from './apply/user-queue.js'
import { createCursorEntity } from './catch-up/cursors.js'
import { reconcile } from './catch-up/reconcile.js'
import type { ReconcileOptions, ReconcileReport } from './catch-up/reconcile-run.js'
import { type ReplayOptions, type ReplayReport, replay } from './catch-up/replay.js'
import { type Schedule, type ScheduleOptions, startSchedule } from './catch-up/schedule.js'
import type {
  InteraqtConstraint,
  InteraqtController,
  InteraqtEntity,
  InteraqtEventSource,
  InteraqtProperty,
} from './interaqt-model.js'
import type { LogtoSource } from './logto-source.js'
import type { SyncOutcome } from './records/record-write.js'
import { createEventEntity, createEventSource } from './records/sync-event.js'
import { type MapUser, UserMapper } from './records/user-mapper.js'
import {
  createConstraints,
  createProperties,
  type UserColumns,
  type UserRecord,
} from './records/user-record.js'
import { type AdoptUser, UserRecords } from './records/user-records.js'

/** Options of `createLogtoSync`. */
export interface LogtoSyncOptions<Columns extends UserColumns> {
  /** The `Client` of the server entry. */
  logto: LogtoSource
  /**
   * Returns the application's columns that come from Logto. It may be async, and may be called more than once for one
   * write. When it throws, nothing is written and the event counts as failed.
   */
  mapUser?: MapUser<Columns>
  /** Name of the application's entity that `properties` and `constraints` are spread into. Default `User`. */
  userEntity?: string
  /**
   * Called with the record of a user who was deleted in Logto, before the record is marked and erased. Called at
   * least once: a crash, or another process that gets the event at the same time, repeats it.
   */
  onDeleted?: (record: UserRecord<Columns>) => unknown
  /** Columns to clear when a user was deleted; true for all columns of `mapUser`. Default: none. */
  eraseOnDelete?: boolean | readonly (keyof Columns & string)[]
  /**
   * For an application that had users before it had Logto: returns column values that identify one record without a
   * Logto user. Match only by values that Logto has verified: the user who matches gets the record.
   */
  adopt?: AdoptUser
}

export const SYNC_RULES = {
  logto: required(
    objectThatCan('the Client of the server entry', 'getUser', 'users', 'recentDeliveries'),
    'give the Client of the server entry',
  ),
  mapUser: FUNCTION,
  userEntity: STRING,
  onDeleted: FUNCTION,
  eraseOnDelete: {
    expected: 'true, false or an array of columns',
    accepts: (value: unknown) => typeof value === 'boolean' || Array.isArray(value),
    item: STRING,
  },
  adopt: FUNCTION,
} satisfies OptionRules<LogtoSyncOptions<UserColumns>>

/** Keeps User records equal to Logto's users. Created by `createLogtoSync`. */
export interface LogtoSync<Columns extends UserColumns = UserColumns> {
  /** Spread into `properties` of the User entity. */
  readonly properties: InteraqtProperty[]
  /** Spread into `constraints` of the User entity. */
  readonly constraints: InteraqtConstraint[]
  /** Spread into `entities` of the Controller. */
  readonly entities: InteraqtEntity[]
  /** Spread into `eventSources` of the Controller. */
  readonly eventSources: InteraqtEventSource[]
  /** Sets the Controller that the sync reads and writes through. Call it once, after `controller.setup`. */
  attach(controller: InteraqtController): void
  /**
   * Applies one webhook event.
   *
   * @returns what it did: `stale` when the record was at least as new, `ignored` when the event is not about a user, is a
   * test, or is about a user whom Logto does not have.
   * @throws SyncError, with the status of the answer to the delivery.
   */
  apply(event: LogtoWebhookEvent): Promise<SyncOutcome>
  /**
   * Resolves with the User record of a signed-in user; creates it from Logto's answer when it is missing. A suspended
   * user has one too: check `isSuspended`.
   *
   * @throws SyncError `user_unknown`, `user_deleted` (401), `logto_unavailable`, `database_unavailable` (503).
   */
  ensureUser(logtoUserId: string): Promise<UserRecord<Columns>>
  /**
   * Applies the deliveries that Logto's delivery log marks as failed, from where the last replay ended. Costs one request
   * per 100 deliveries since then, however many users there are.
   *
   * @throws SyncError `logto_unavailable`, `database_unavailable`; `signal`'s reason when it aborted.
   */
  replay(options: ReplayOptions): Promise<ReplayReport>
  /**
   * Compares all User records with all Logto users and repairs every difference. Costs one request per 100 users.
   *
   * @throws SyncError `logto_empty`, `mass_deletion`, `logto_unavailable`, `database_unavailable`; `signal`'s reason
   * when it aborted.
   */
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>
  /**
   * Starts to replay and to reconcile regularly, and to delete old event rows. May run in several processes at once.
   *
   * @throws TypeError when `replayEvery` comes without `hookId`.
   */
  schedule(options: ScheduleOptions): Schedule
}

/**
 * Creates the sync of an Interaqt application's User records with Logto's users.
 *
 * ```ts
 * const sync = createLogtoSync({ logto, mapUser: (user) => ({ username: user.username }) })
 * const User = Entity.create({
 *   name: 'User',
 *   properties: [...sync.properties, Property.create({ name: 'username', type: 'string' })],
 *   constraints: [...sync.constraints],
 * })
 * const controller = new Controller({
 *   system, entities: [User, ...sync.entities], relations: [], eventSources: [...sync.eventSources],
 * })
 * await controller.setup(true)
 * sync.attach(controller)
 * ```
 *
 * @throws TypeError for an option that is missing, unknown or of another type.
 */
export function createLogtoSync<Columns extends UserColumns = Record<never, unknown>>(
  options: LogtoSyncOptions<Columns>,
): LogtoSync<Columns> {
  checkOptions('createLogtoSync', options, SYNC_RULES)
  const { logto, userEntity = 'User', mapUser = () => ({}), eraseOnDelete = false, onDeleted } = options
  const eventEntity = createEventEntity('LogtoSyncEvent')
  const eventSource = createEventSource('syncLogtoUser', eventEntity, userEntity)
  const records = new UserRecords(userEntity, eventSource, options.adopt)
  // The application says which columns its table has, here as in every query to Interaqt.
  const typed = (record: UserRecord) => record as UserRecord<Columns>
  const context: SyncContext = {
    logto,
    records,
    mapper: new UserMapper(mapUser, eraseOnDelete),
    queue: new UserQueue(),
    onDeleted: onDeleted && ((record) => onDeleted(typed(record))),
  }
  const provisioner = new Provisioner(context)
  return {
    properties: createProperties(),
    constraints: createConstraints(),
    entities: [eventEntity, createCursorEntity()],
    eventSources: [eventSource],
    attach: (controller) => records.attach(controller),
    apply: (event) => applyEvent(context, event),
    replay: (options) => replay(context, options),
    reconcile: (options) => reconcile(context, options),
    schedule: (options) => startSchedule(context, options, eventEntity.name),
    ensureUser: async (logtoUserId) => typed(await provisioner.ensureUser(logtoUserId)),
  }
}
