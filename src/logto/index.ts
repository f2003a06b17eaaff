export {
  DEFAULT_MANAGEMENT_API_RESOURCE,
  defaultResourceOf,
  discoveryUrlOf,
  issuerOf,
  parseEndpoint,
} from './endpoint.js'
export { SIGNATURE_HEADER, WEBHOOK_EVENTS, type WebhookEventName } from './events.js'
export type { LogtoUser } from './user.js'
