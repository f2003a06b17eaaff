import type { LogtoUser, WebhookEventName } from '../logto/index.js'
import type {
  LogtoApplication,
  LogtoOrganization,
  LogtoOrganizationRole,
  LogtoOrganizationScope,
  LogtoRole,
  LogtoScope,
} from './entities.js'

/**
 * What every event has: the only fields that are checked before an event is passed on. All others are typed as Logto
 * 1.42 sends them (recordings/webhooks) but advisory: a later Logto may leave one out or change its type, which
 * `onDrift` reports and which does not refuse the event.
 */
interface EventBase<Name> {
  event: Name
  /** The hook that sent it. */
  hookId: string
  /** ISO 8601. Not an order of changes: it has disagreed with `data.updatedAt` (docs/facts.md, "Webhooks"). */
  createdAt: string
  userAgent?: string
}

/** Present when a call of the Management API caused the event. */
export interface ManagementApiCause {
  /** Path of the call under `/api`, such as `/users/9fi5o6ch078c`. */
  path?: string
  method?: string
  /** Status of Logto's answer to that call. */
  status?: number
  /** Path parameters; `userId` for the routes under `/users`. */
  params?: Record<string, string>
  /** The route's pattern, such as `/users/:userId/custom-data`. */
  matchedRoute?: string
}

/** Present when a person in Logto's sign-in pages caused the event. */
export interface SignInCause {
  interactionEvent?: 'SignIn' | 'Register' | 'ForgotPassword'
  applicationId?: string
  sessionId?: string
  application?: LogtoApplication
}

/**
 * A data event. Caused by the Management API it has `path method status params matchedRoute`; by the sign-in pages
 * `applicationId sessionId interactionEvent application`; by the account API neither.
 */
interface DataEvent<Name, Data> extends EventBase<Name>, ManagementApiCause, SignInCause {
  ip?: string
  data?: Data
}

/** `User.Created`, `User.Deleted`, `User.SuspensionStatus.Updated`: `data` is the whole user, also the deleted one. */
export interface UserEvent<Name> extends DataEvent<Name, LogtoUser> {}

/**
 * `data` is the whole user, except after `PATCH /users/:userId/custom-data` and `/profile`: then it is that free-form
 * sub-object alone, which can hold anybody's `id`. Use {@link userIdOf} and {@link userOf}, not `data`.
 */
export interface UserDataUpdatedEvent extends DataEvent<'User.Data.Updated', Record<string, unknown>> {}

/** `PostRegister`, `PostSignIn`, `PostResetPassword`: sent when the person has finished; no `data`, no `ip`. */
export interface InteractionEvent<Name> extends EventBase<Name>, SignInCause {
  userId?: string
  userIp?: string
  user?: LogtoUser
}

/** An interaction event that also says which adaptive MFA rules asked for a second factor. */
export interface AdaptiveMfaEvent extends InteractionEvent<'PostSignInAdaptiveMfaTriggered'> {
  adaptiveMfaResult?: { requiresMfa?: boolean; triggeredRules?: Record<string, unknown>[] }
}

/** `data` is the entity for `Created` and `Data.Updated`; a `Deleted` event has none, only `params`. */
export interface EntityEvent<Name, Entity> extends DataEvent<Name, Entity> {}

/** `roleId` comes when a role is created with scopes, else `params.id` is the role; `data` is absent after a removal. */
export interface RoleScopesUpdatedEvent extends DataEvent<'Role.Scopes.Updated', LogtoScope[]> {
  roleId?: string
}

/** `organizationRoleId` comes when the role is created with scopes, else `params.id` is the role; never `data`. */
export interface OrganizationRoleScopesUpdatedEvent
  extends DataEvent<'OrganizationRole.Scopes.Updated', LogtoOrganizationScope[]> {
  organizationRoleId?: string
}

/** Lists are left out when empty: a change that changed nothing has none of them. */
export interface OrganizationMembershipUpdatedEvent
  extends DataEvent<'Organization.Membership.Updated', never> {
  organizationId?: string
  addedUserIds?: string[]
  removedUserIds?: string[]
  addedApplicationIds?: string[]
  removedApplicationIds?: string[]
}

/** Too many failed attempts locked an identifier out. */
export interface IdentifierLockoutEvent extends DataEvent<'Identifier.Lockout', never> {
  type?: 'email' | 'phone' | 'username'
  value?: string
}

/** Too many messages (verification codes) went to one recipient. */
export interface MessageRateLimitedEvent extends DataEvent<'Message.RateLimited', never> {
  action?: string
  recipient?: string
}

/** A user signed in to an application more often than it allows at a time; the oldest grants were revoked. */
export interface GrantLimitExceededEvent extends DataEvent<'Grant.LimitExceeded', never> {
  userId?: string
  revokedGrantIds?: string[]
  maxAllowedGrants?: number
  preRevocationActiveGrantCount?: number
}

/** Each known event by its name. */
export interface WebhookEventMap {
  PostRegister: InteractionEvent<'PostRegister'>
  PostSignIn: InteractionEvent<'PostSignIn'>
  PostSignInAdaptiveMfaTriggered: AdaptiveMfaEvent
  PostResetPassword: InteractionEvent<'PostResetPassword'>
  'User.Created': UserEvent<'User.Created'>
  'User.Deleted': UserEvent<'User.Deleted'>
  'User.Data.Updated': UserDataUpdatedEvent
  'User.SuspensionStatus.Updated': UserEvent<'User.SuspensionStatus.Updated'>
  'Role.Created': EntityEvent<'Role.Created', LogtoRole>
  'Role.Deleted': EntityEvent<'Role.Deleted', never>
  'Role.Data.Updated': EntityEvent<'Role.Data.Updated', LogtoRole>
  'Role.Scopes.Updated': RoleScopesUpdatedEvent
  'Scope.Created': EntityEvent<'Scope.Created', LogtoScope>
  'Scope.Deleted': EntityEvent<'Scope.Deleted', never>
  'Scope.Data.Updated': EntityEvent<'Scope.Data.Updated', LogtoScope>
  'Organization.Created': EntityEvent<'Organization.Created', LogtoOrganization>
  'Organization.Deleted': EntityEvent<'Organization.Deleted', never>
  'Organization.Data.Updated': EntityEvent<'Organization.Data.Updated', LogtoOrganization>
  'Organization.Membership.Updated': OrganizationMembershipUpdatedEvent
  'OrganizationRole.Created': EntityEvent<'OrganizationRole.Created', LogtoOrganizationRole>
  'OrganizationRole.Deleted': EntityEvent<'OrganizationRole.Deleted', never>
  'OrganizationRole.Data.Updated': EntityEvent<'OrganizationRole.Data.Updated', LogtoOrganizationRole>
  'OrganizationRole.Scopes.Updated': OrganizationRoleScopesUpdatedEvent
  'OrganizationScope.Created': EntityEvent<'OrganizationScope.Created', LogtoOrganizationScope>
  'OrganizationScope.Deleted': EntityEvent<'OrganizationScope.Deleted', never>
  'OrganizationScope.Data.Updated': EntityEvent<'OrganizationScope.Data.Updated', LogtoOrganizationScope>
  'Identifier.Lockout': IdentifierLockoutEvent
  'Message.RateLimited': MessageRateLimitedEvent
  'Grant.LimitExceeded': GrantLimitExceededEvent
}

/** Any known event: a union that narrows by `event`. */
export type KnownWebhookEvent = WebhookEventMap[WebhookEventName]

/**
 * The type of a name that this version does not know; as a value it is any other string. Not `string`, because then
 * comparing `event` with a known name would narrow to nothing and a misspelt one would pass. To compare with a name of
 * a later Logto, widen it: `const name: string = event.event`.
 */
export declare enum UnknownWebhookEventName {
  AnyOther = 'any other name',
}

/** An event of a later Logto. Only what identifies it is known. */
export interface UnknownWebhookEvent extends EventBase<UnknownWebhookEventName> {
  [field: string]: unknown
}

/** The body of one delivery. */
export type LogtoWebhookEvent = KnownWebhookEvent | UnknownWebhookEvent
