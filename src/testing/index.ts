export type {
  DeliveryFaults,
  EndpointFault,
  FaultyEndpoint,
  UpdatedAtFaults,
} from './fault-types.js'
export type { Faults } from './faults.js'
export type {
  Seed,
  SeedApplication,
  SeedHook,
  SeedOrganization,
  SeedOrganizationRole,
  SeedResource,
  SeedRole,
  SeedUser,
} from './seed-types.js'
export type { SignedWebhook } from './signed-webhook.js'
export type { RotationOptions, SigningKeyAlgorithm } from './signing-keys.js'
export type { LogtoState } from './state.js'
export {
  type AccessTokenOptions,
  createTestLogto,
  type TestLogto,
  type TestLogtoOptions,
  type TestWebhook,
} from './test-logto.js'
export type { NewUser } from './users.js'
export {
  buildWebhookEvent,
  signedWebhookRequest,
  signWebhookEvent,
  type WebhookEventData,
  type WebhookEventOverrides,
} from './webhooks.js'
