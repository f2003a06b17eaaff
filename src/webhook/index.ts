export { SIGNATURE_HEADER, WEBHOOK_EVENTS, type WebhookEventName } from '../logto/index.js'
export type { Logger } from '../logto/logger.js'
export type { BodyLimits, WebhookAnswer, WebhookDelivery } from './delivery.js'
export type {
  LogtoApplication,
  LogtoOrganization,
  LogtoOrganizationRole,
  LogtoOrganizationScope,
  LogtoRole,
  LogtoScope,
} from './entities.js'
export { WebhookError, type WebhookErrorCode } from './errors.js'
export type {
  AdaptiveMfaEvent,
  EntityEvent,
  GrantLimitExceededEvent,
  IdentifierLockoutEvent,
  InteractionEvent,
  KnownWebhookEvent,
  LogtoWebhookEvent,
  ManagementApiCause,
  MessageRateLimitedEvent,
  OrganizationMembershipUpdatedEvent,
  OrganizationRoleScopesUpdatedEvent,
  RoleScopesUpdatedEvent,
  SignInCause,
  UnknownWebhookEvent,
  UnknownWebhookEventName,
  UserDataUpdatedEvent,
  UserEvent,
  WebhookEventMap,
} from './event.js'
export { createWebhookHandler, type WebhookHandler, type WebhookHandlerOptions } from './handler.js'
export type { WebhookListeners } from './listeners.js'
export { type NodeWebhookHandler, toNodeHandler } from './node.js'
export { type OnDrift, parseWebhookEvent, verifyWebhook, type WebhookDrift } from './parse-event.js'
export { signWebhook } from './signature.js'
export { isTestDelivery } from './test-delivery.js'
export { userIdOf, userOf } from './user-of.js'
