export type {
  DeliveryFaults,
  EndpointFault,
  FaultyEndpoint,
  UpdatedAtFaults,
} from './faults/fault-types.js'
export type { Faults } from './faults/faults.js'
export type { LogtoVersion } from './records/logto-version.js'
export type { RotationOptions, SigningKeyAlgorithm } from './records/signing-keys.js'
export type {
  Seed,
  SeedApplication,
  SeedHook,
  SeedOrganization,
  SeedOrganizationRole,
  SeedResource,
  SeedRole,
  SeedUser,
} from './seed/seed-types.js'
export type { LogtoState } from './state/state.js'
export type { NewUser } from './state/users.js'
export {
  type AccessTokenOptions,
  createTestLogto,
  type TestLogto,
  type TestLogtoOptions,
  type TestWebhook,
} from './test-logto.js'
export type { SignedWebhook } from './webhooks/signed-webhook.js'
export {
  buildWebhookEvent,
  signedWebhookRequest,
  signWebhookEvent,
  type WebhookEventData,
  type WebhookEventOverrides,
} from './webhooks/webhook-events.js'
