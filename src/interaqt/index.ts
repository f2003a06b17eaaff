export type { Logger } from '../logto/logger.js'
export type {
  ReconcileOptions,
  ReconcileProgress,
  ReconcileReport,
  UserDifference,
} from './catch-up/reconcile-run.js'
export type { ReplayOptions, ReplayReport } from './catch-up/replay.js'
export type { Schedule, ScheduledTask, ScheduleOptions } from './catch-up/schedule.js'
export {
  type ConditionEvent,
  type ConditionIdentity,
  refuseImpersonation,
  requireOrganization,
  requireScope,
} from './conditions.js'
export { SyncError, type SyncErrorCode, type SyncErrorOptions } from './errors.js'
export type {
  InteraqtCondition,
  InteraqtConstraint,
  InteraqtController,
  InteraqtEntity,
  InteraqtEventSource,
  InteraqtInstance,
  InteraqtModelConstraint,
  InteraqtModelEntity,
  InteraqtModelRelation,
  InteraqtProperty,
  InteraqtRow,
  InteraqtSchema,
  InteraqtStorage,
} from './interaqt-model.js'
export type { LoggedDelivery, LogtoSource } from './logto-source.js'
export type { ExtendedModel, ModelArguments } from './model/extend-model.js'
export type { SyncOutcome } from './records/record-write.js'
export type { MapUser } from './records/user-mapper.js'
export type { SyncedFields, UserColumns, UserRecord } from './records/user-record.js'
export type { AdoptUser } from './records/user-records.js'
export { createLogtoSync, type LogtoSync, type LogtoSyncOptions } from './sync.js'
