/**
 * The webhook events of Logto 1.42, as its Management API accepts them (recordings/webhook-event-matrix.json).
 * Later versions add more, such as the development version's `TrustedDevice.Created` and `TrustedDevice.Deleted`, which no
 * hook can ask for yet (recordings/setup/hook-event-enum.json). An unknown name is not an error.
 */
export const WEBHOOK_EVENTS = [
  'PostRegister',
  'PostSignIn',
  'PostSignInAdaptiveMfaTriggered',
  'PostResetPassword',
  'User.Created',
  'User.Deleted',
  'User.Data.Updated',
  'User.SuspensionStatus.Updated',
  'Role.Created',
  'Role.Deleted',
  'Role.Data.Updated',
  'Role.Scopes.Updated',
  'Scope.Created',
  'Scope.Deleted',
  'Scope.Data.Updated',
  'Organization.Created',
  'Organization.Deleted',
  'Organization.Data.Updated',
  'Organization.Membership.Updated',
  'OrganizationRole.Created',
  'OrganizationRole.Deleted',
  'OrganizationRole.Data.Updated',
  'OrganizationRole.Scopes.Updated',
  'OrganizationScope.Created',
  'OrganizationScope.Deleted',
  'OrganizationScope.Data.Updated',
  'Identifier.Lockout',
  'Message.RateLimited',
  'Grant.LimitExceeded',
] as const

/** Name of a known webhook event. */
export type WebhookEventName = (typeof WEBHOOK_EVENTS)[number]

/** The header that carries the signature: lowercase hex HMAC-SHA256 of the raw body (recordings/webhooks). */
export const SIGNATURE_HEADER = 'logto-signature-sha-256'
