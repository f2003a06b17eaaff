export type {
  DispatchResult,
  InteractionArguments,
  InteractionController as InteraqtController,
  InteractionUser,
  InteraqtRow as UserRecord,
  NamedEventSource as InteraqtEventSource,
  RecordStorage as InteraqtStorage,
} from '../interaqt/interaqt-model.js'
export type { Connection } from '../logto/connection.js'
export type { ErrorBody, HttpFacingError } from '../logto/http-facing-error.js'
export type { Logger } from '../logto/logger.js'
export type { ProtectedResource } from '../server/protected-resource.js'
export { type AppOptions, createApp } from './app.js'
export type { CallerIdentity, CallerOptions, ParseUserId, UserSync } from './caller.js'
export type { CorsOptions } from './cors.js'
export {
  createDataAPI,
  type DataAPI,
  type DataAPIConfig,
  type DataAPIContext,
  type DataAPIParam,
  type DataAPIs,
} from './data-api.js'
export { HttpError } from './http-error.js'
export type { InteractionUserOption } from './interaction-user.js'
export type { InteractionAnswer, InteractionBody } from './interactions.js'
export type { QueriesOption } from './queries/queries-option.js'
export type { ReportOptions } from './reporter.js'
export type { SessionRoutes } from './session-routes.js'
export { ListenError, type RunningServer, type ServerOptions, startServer } from './start-server.js'
export type { WebhookOptions } from './webhook-route.js'
