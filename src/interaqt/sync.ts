import { setTimeout as delay } from 'node:timers/promises'
import { checkOptions } from '../logto/check-options.js'
import { LOGGER, type Logger } from '../logto/logger.js'
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
import { rememberAttached } from './model/attached-controllers.js'
import { checkDatabase } from './model/check-database.js'
import { checkModel } from './model/check-model.js'
import { type ExtendedModel, extendModel, type ModelArguments } from './model/extend-model.js'
import { registerParts } from './model/sync-parts.js'
import { warnOfEmptyColumns, warnOfUnknownFields } from './model/warn-of-columns.js'
import type { SyncOutcome } from './records/record-write.js'
import { createEventEntity, createEventSource } from './records/sync-event.js'
import { type MapUser, NO_SAMPLE, UserMapper } from './records/user-mapper.js'
import {
  createConstraints,
  createProperties,
  type UserColumns,
  type UserRecord,
} from './records/user-record.js'
import { type AdoptUser, UserRecords } from './records/user-records.js'

/** How long a start waits for an async `mapUser`. */
const SAMPLE_TIMEOUT_MS = 5_000

/** Options of `createLogtoSync`. */
export interface LogtoSyncOptions<Columns extends UserColumns> {
  /** The `Client` of the server entry. */
  logto: LogtoSource
  /**
   * Returns the application's columns that come from Logto. It may be async, and may be called more than once for one
   * write. When it throws, nothing is written and the event counts as failed. Where it is left out although the User has
   * columns of its own, `attach` writes a line to the log; `() => ({})` says that none of them comes from Logto.
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
  /** Where the sync writes its log. Default: `console`. */
  logger?: Logger
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
  logger: LOGGER,
} satisfies OptionRules<LogtoSyncOptions<UserColumns>>

const ATTACH_RULES = {
  controller: required(objectThatCan('the Controller of Interaqt', 'dispatch')),
}

/** Keeps User records equal to Logto's users. Created by `createLogtoSync`. */
export interface LogtoSync<Columns extends UserColumns = UserColumns> {
  /** Name of the User entity. */
  readonly userEntity: string
  /** Spread into `properties` of the User entity, where `extend` does not do it. */
  readonly properties: InteraqtProperty[]
  /** Spread into `constraints` of the User entity. */
  readonly constraints: InteraqtConstraint[]
  /** Spread into `entities` of the Controller. */
  readonly entities: InteraqtEntity[]
  /** Spread into `eventSources` of the Controller. */
  readonly eventSources: InteraqtEventSource[]
  /**
   * Puts all that the sync needs into a model: returns the arguments for `new Controller` with the sync's entities and
   * event sources, and adds its properties and constraints to the User entity. All other arguments pass through.
   *
   * ```ts
   * const controller = new Controller(sync.extend({ system, entities: [User, Post], relations, eventSources }))
   * ```
   *
   * `system` may also be given beside it: `new Controller({ system, ...sync.extend({ entities: [User, Post] }) })`. Without
   * any, `new Controller` throws a SyncError that names it.
   *
   * @throws SyncError `model_incomplete` when the User entity is missing, or has properties of its own of the same names.
   */
  extend<Model extends ModelArguments>(model: Model): ExtendedModel<Model>
  /**
   * Sets the Controller that the sync reads and writes through. Call it once, after `controller.setup`.
   *
   * @throws SyncError `model_incomplete`, which names every piece that the model lacks and the line to add; TypeError
   * for anything but a Controller.
   */
  attach(controller: InteraqtController): void
  /** @throws SyncError `not_attached`. `createApp` calls it. */
  assertAttached(): void
  /**
   * Checks that the database has the columns, tables and unique index of the sync. `startServer` calls it before it
   * listens; with `createApp` alone, call it at the start.
   *
   * @throws SyncError `schema_mismatch`, `not_attached`, `database_unavailable`, and `model_incomplete` for what only an
   * async `mapUser` shows.
   */
  checkDatabase(): Promise<void>
  /**
   * Asks Logto whether this server may still read its users. The webhook route of `createApp` does so for every test
   * delivery, so that `doctor` and the console find a server that runs with a secret of yesterday.
   *
   * @throws what `logto.checkManagementAccess` throws: ManagementError.
   */
  checkLogto(): Promise<void>
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
 *   properties: [Property.create({ name: 'username', type: 'string' })],
 * })
 * const controller = new Controller(
 *   sync.extend({ system, entities: [User], relations: [], eventSources: [] }),
 * )
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
  const {
    logto,
    userEntity = 'User',
    mapUser = () => ({}),
    logger = console,
    eraseOnDelete = false,
    onDeleted,
  } = options
  const eventEntity = createEventEntity('LogtoSyncEvent')
  const eventSource = createEventSource('syncLogtoUser', eventEntity, userEntity)
  const records = new UserRecords(userEntity, eventSource, options.adopt)
  // The application says which columns its table has, here as in every query to Interaqt.
  const typed = (record: UserRecord) => record as UserRecord<Columns>
  const mapper = new UserMapper(mapUser, eraseOnDelete)
  const context: SyncContext = {
    logto,
    records,
    mapper,
    queue: new UserQueue(),
    logger,
    onDeleted: onDeleted && ((record) => onDeleted(typed(record))),
  }
  const provisioner = new Provisioner(context)
  const parts = registerParts({
    userEntity,
    properties: createProperties(),
    constraints: createConstraints(),
    entities: [eventEntity, createCursorEntity()],
    eventSources: [eventSource],
  })
  return {
    userEntity,
    properties: parts.properties,
    constraints: parts.constraints,
    entities: parts.entities,
    eventSources: parts.eventSources,
    extend: (model) => extendModel(parts, model),
    attach(controller) {
      checkOptions('sync.attach', { controller }, ATTACH_RULES)
      const sample = mapper.sample()
      checkModel(parts, controller, sample instanceof Promise ? NO_SAMPLE : sample)
      records.attach(controller)
      rememberAttached(controller)
      if (options.mapUser === undefined) warnOfEmptyColumns(parts, controller, logger)
      if (!(sample instanceof Promise)) warnOfUnknownFields(sample, logger)
    },
    assertAttached: () => void records.controller,
    async checkDatabase() {
      const { controller } = records
      const sampling = mapper.sample()
      const sample = await Promise.race([sampling, delay(SAMPLE_TIMEOUT_MS, NO_SAMPLE, { ref: false })])
      checkModel(parts, controller, sample)
      // What is known at once was said by `attach`.
      if (sampling instanceof Promise) warnOfUnknownFields(sample, logger)
      await checkDatabase(parts, controller, sample.names)
    },
    checkLogto: async () => logto.checkManagementAccess?.(),
    apply: (event) => applyEvent(context, event),
    replay: (options) => replay(context, options),
    reconcile: (options) => reconcile(context, options),
    schedule: (options) => startSchedule(context, options, eventEntity.name),
    ensureUser: async (logtoUserId) => typed(await provisioner.ensureUser(logtoUserId)),
  }
}
