import type { LogtoWebhookEvent } from '../webhook/event.js'
import { applyEvent } from './apply/apply.js'
import { Provisioner } from './apply/provision.js'
import { UserLanes } from './apply/user-lanes.js'
import { createCursorEntity } from './catch-up/cursors.js'
import { reconcile } from './catch-up/reconcile.js'
import type { ReconcileOptions, ReconcileReport } from './catch-up/reconcile-report.js'
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
import { type MapUser, UserMapper } from './records/user-mapper.js'
import {
  createConstraints,
  createProperties,
  type UserColumns,
  type UserRecord,
} from './records/user-record.js'
import { UserRecords } from './records/user-records.js'
import { createEventEntity, createEventSource } from './sync-event.js'
import type { AdoptUser, SyncOutcome, SyncParts } from './sync-parts.js'

/** Options of `createLogtoSync`. */
export interface LogtoSyncOptions<Columns extends UserColumns> {
  /** The `Client` of the server entry. */
  logto: LogtoSource
  /**
   * Which of the application's columns come from Logto. It may be async and may be called more than once for one write;
   * when it throws, nothing is written and the event counts as failed.
   */
  mapUser?: MapUser<Columns>
  /** Name of the application's entity that `properties` and `constraints` are spread into. Default `User`. */
  userEntity?: string
  /**
   * Called with the record of a user who was deleted in Logto, before the record is marked and erased. At least once:
   * a crash, or another process that hears of it at the same time, repeats it.
   */
  onDeleted?: (record: UserRecord<Columns>) => unknown
  /** Columns to clear when a user was deleted; true for all that `mapUser` fills. Default: none. */
  eraseOnDelete?: boolean | readonly (keyof Columns & string)[]
  /**
   * Recognises the records of an application that had users before it had Logto: the values of columns that name one
   * record without a Logto user. Match by what Logto has verified only: whoever gets the match gets the record.
   */
  adopt?: AdoptUser
}

/** Keeps User records equal to Logto's users. Made by `createLogtoSync`. */
export interface LogtoSync<Columns extends UserColumns = UserColumns> {
  /** Spread into `properties` of the User entity. */
  readonly properties: InteraqtProperty[]
  /** Spread into `constraints` of the User entity. */
  readonly constraints: InteraqtConstraint[]
  /** Spread into `entities` of the Controller. */
  readonly entities: InteraqtEntity[]
  /** Spread into `eventSources` of the Controller. */
  readonly eventSources: InteraqtEventSource[]
  /** Gives the sync the Controller that it reads and writes through; call it once, after `controller.setup`. */
  attach(controller: InteraqtController): void
  /**
   * Applies one webhook event, and says what it did: `stale` when the record was at least as new, `ignored` when the
   * event is not about a user, is a test, or is about a user whom Logto does not have.
   *
   * @throws SyncError, with the status to answer the delivery with.
   */
  apply(event: LogtoWebhookEvent): Promise<SyncOutcome>
  /**
   * The User record of a signed-in user, fetched from Logto when it is missing. A suspended user has one too: look at
   * `isSuspended`.
   *
   * @throws SyncError `user_unknown`, `user_deleted` (401), `logto_unavailable`, `database_unavailable` (503).
   */
  ensureUser(logtoUserId: string): Promise<UserRecord<Columns>>
  /**
   * Applies what Logto's delivery log marks as failed, from where the last replay ended. Costs one request per 100
   * deliveries since then, however many users there are.
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
   * Replays and reconciles again and again, and deletes old event rows. Harmless in several processes at once.
   *
   * @throws TypeError when `replayEvery` comes without `hookId`.
   */
  schedule(options: ScheduleOptions): Schedule
}

/**
 * The sync of an Interaqt application's User records with Logto's users.
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
 */
export function createLogtoSync<Columns extends UserColumns = Record<never, unknown>>(
  options: LogtoSyncOptions<Columns>,
): LogtoSync<Columns> {
  const { logto, userEntity = 'User', eraseOnDelete = false, adopt, onDeleted } = options
  const eventEntity = createEventEntity('LogtoSyncEvent')
  const eventSource = createEventSource('syncLogtoUser', eventEntity, userEntity)
  const records = new UserRecords(userEntity, eventSource)
  // What columns the table has is the application's word, here as in every query to Interaqt.
  const typed = (record: UserRecord) => record as UserRecord<Columns>
  const parts: SyncParts = {
    logto,
    records,
    mapper: new UserMapper(options.mapUser ?? (() => ({}))),
    lanes: new UserLanes(),
    adopt,
    onDeleted: onDeleted && ((record) => onDeleted(typed(record))),
    eraseOnDelete,
  }
  const provisioner = new Provisioner(parts)
  return {
    properties: createProperties(),
    constraints: createConstraints(),
    entities: [eventEntity, createCursorEntity()],
    eventSources: [eventSource],
    attach: (controller) => records.attach(controller),
    apply: (event) => applyEvent(parts, event),
    replay: (options) => replay(parts, options),
    reconcile: (options) => reconcile(parts, options),
    schedule: (options) =>
      startSchedule(
        {
          controller: records.controller,
          replay: (hookId, run) => replay(parts, { hookId, ...run }),
          reconcile: (run) => reconcile(parts, { ...run, ...options.reconcile }),
          retain: () => records.controller.maintainEntityRetention({ entityNames: [eventEntity.name] }),
        },
        options,
      ),
    ensureUser: async (logtoUserId) => typed(await provisioner.ensureUser(logtoUserId)),
  }
}
