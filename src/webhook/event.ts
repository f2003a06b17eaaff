import * as z from 'zod/mini'
import type { LogtoUser, WebhookEventName } from '../logto/index.js'
import {
  application,
  type LogtoApplication,
  type LogtoOrganizationScope,
  type LogtoScope,
  organization,
  organizationRole,
  organizationScope,
  role,
  scope,
  user,
} from './entities.js'
import { type EventBase, type EventShape, eventShape, type Identity, withShape } from './event-base.js'
import { type DriftedField, type Fields, freeForm, type Shape, shapeOf } from './shape.js'

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

const signInCause = {
  interactionEvent: z.optional(z.enum(['SignIn', 'Register', 'ForgotPassword'])),
  applicationId: z.optional(z.string()),
  sessionId: z.optional(z.string()),
  application: z.optional(application),
} satisfies Fields<SignInCause>

/**
 * A data event. Caused by the Management API it has `path method status params matchedRoute`; by the sign-in pages
 * `applicationId sessionId interactionEvent application`; by the account API neither.
 */
interface DataEvent<Name, Data> extends EventBase<Name>, ManagementApiCause, SignInCause {
  ip?: string
  data?: Data
}

const dataEvent = {
  ...signInCause,
  path: z.optional(z.string()),
  method: z.optional(z.string()),
  status: z.optional(z.number()),
  params: z.optional(freeForm<Record<string, string>>()),
  matchedRoute: z.optional(z.string()),
  userAgent: z.optional(z.string()),
  ip: z.optional(z.string()),
} satisfies Fields<Omit<DataEvent<string, never>, Identity>>

/** `User.Created`, `User.Deleted`, `User.SuspensionStatus.Updated`: `data` is the whole user, also the deleted one. */
export interface UserEvent<Name> extends DataEvent<Name, LogtoUser> {}

/**
 * `data` is the whole user, except after `PATCH /users/:userId/custom-data` and `/profile`: then it is that free-form
 * sub-object alone, which can hold anybody's `id`. Use {@link userIdOf} and {@link userOf}, not `data`.
 */
export interface UserDataUpdatedEvent extends DataEvent<'User.Data.Updated', Record<string, unknown>> {}

const userDataUpdated = eventShape<UserDataUpdatedEvent>('User.Data.Updated', {
  ...dataEvent,
  data: z.optional(freeForm()),
})

/** `PostRegister`, `PostSignIn`, `PostResetPassword`: sent when the person has finished; no `data`, no `ip`. */
export interface InteractionEvent<Name> extends EventBase<Name>, SignInCause {
  userId?: string
  userIp?: string
  user?: LogtoUser
}

const interactionEvent = {
  ...signInCause,
  userAgent: z.optional(z.string()),
  userId: z.optional(z.string()),
  userIp: z.optional(z.string()),
  user: z.optional(user),
} satisfies Fields<Omit<InteractionEvent<string>, Identity>>

/** An interaction event that also says which adaptive MFA rules asked for a second factor. */
export interface AdaptiveMfaEvent extends InteractionEvent<'PostSignInAdaptiveMfaTriggered'> {
  adaptiveMfaResult?: { requiresMfa?: boolean; triggeredRules?: Record<string, unknown>[] }
}

const adaptiveMfa = eventShape<AdaptiveMfaEvent>('PostSignInAdaptiveMfaTriggered', {
  ...interactionEvent,
  adaptiveMfaResult: z.optional(
    shapeOf<NonNullable<AdaptiveMfaEvent['adaptiveMfaResult']>>({
      requiresMfa: z.optional(z.boolean()),
      triggeredRules: z.optional(z.array(freeForm())),
    }),
  ),
})

/** `data` is the entity for `Created` and `Data.Updated`; a `Deleted` event has none, only `params`. */
export interface EntityEvent<Name, Entity> extends DataEvent<Name, Entity> {}

/** `roleId` comes when a role is created with scopes, else `params.id` is the role; `data` is absent after a removal. */
export interface RoleScopesUpdatedEvent extends DataEvent<'Role.Scopes.Updated', LogtoScope[]> {
  roleId?: string
}

const roleScopesUpdated = eventShape<RoleScopesUpdatedEvent>('Role.Scopes.Updated', {
  ...dataEvent,
  roleId: z.optional(z.string()),
  data: z.optional(z.array(scope)),
})

/** `organizationRoleId` comes when the role is created with scopes, else `params.id` is the role; never `data`. */
export interface OrganizationRoleScopesUpdatedEvent
  extends DataEvent<'OrganizationRole.Scopes.Updated', LogtoOrganizationScope[]> {
  organizationRoleId?: string
}

const organizationRoleScopesUpdated = eventShape<OrganizationRoleScopesUpdatedEvent>(
  'OrganizationRole.Scopes.Updated',
  {
    ...dataEvent,
    organizationRoleId: z.optional(z.string()),
    data: z.optional(z.array(organizationScope)),
  },
)

/** Lists are left out when empty: a change that changed nothing has none of them. */
export interface OrganizationMembershipUpdatedEvent
  extends DataEvent<'Organization.Membership.Updated', never> {
  organizationId?: string
  addedUserIds?: string[]
  removedUserIds?: string[]
  addedApplicationIds?: string[]
  removedApplicationIds?: string[]
}

const ids = z.optional(z.array(z.string()))
const organizationMembershipUpdated = eventShape<OrganizationMembershipUpdatedEvent>(
  'Organization.Membership.Updated',
  {
    ...dataEvent,
    organizationId: z.optional(z.string()),
    addedUserIds: ids,
    removedUserIds: ids,
    addedApplicationIds: ids,
    removedApplicationIds: ids,
  },
)

/** Too many failed attempts locked an identifier out. */
export interface IdentifierLockoutEvent extends DataEvent<'Identifier.Lockout', never> {
  type?: 'email' | 'phone' | 'username'
  value?: string
}

const identifierLockout = eventShape<IdentifierLockoutEvent>('Identifier.Lockout', {
  ...dataEvent,
  type: z.optional(z.enum(['email', 'phone', 'username'])),
  value: z.optional(z.string()),
})

/** Too many messages (verification codes) went to one recipient. */
export interface MessageRateLimitedEvent extends DataEvent<'Message.RateLimited', never> {
  action?: string
  recipient?: string
}

const messageRateLimited = eventShape<MessageRateLimitedEvent>('Message.RateLimited', {
  ...dataEvent,
  action: z.optional(z.string()),
  recipient: z.optional(z.string()),
})

/** A user signed in to an application more often than it allows at a time; the oldest grants were revoked. */
export interface GrantLimitExceededEvent extends DataEvent<'Grant.LimitExceeded', never> {
  userId?: string
  revokedGrantIds?: string[]
  maxAllowedGrants?: number
  preRevocationActiveGrantCount?: number
}

const grantLimitExceeded = eventShape<GrantLimitExceededEvent>('Grant.LimitExceeded', {
  ...dataEvent,
  userId: z.optional(z.string()),
  revokedGrantIds: ids,
  maxAllowedGrants: z.optional(z.number()),
  preRevocationActiveGrantCount: z.optional(z.number()),
})

/** Every known event, with its type and the schema of its fields. A new one needs a row here and in WEBHOOK_EVENTS. */
const EVENTS = [
  postEvent('PostRegister'),
  postEvent('PostSignIn'),
  adaptiveMfa,
  postEvent('PostResetPassword'),
  userEvent('User.Created'),
  userEvent('User.Deleted'),
  userDataUpdated,
  userEvent('User.SuspensionStatus.Updated'),
  entityEvent('Role.Created', role),
  entityEvent('Role.Deleted'),
  entityEvent('Role.Data.Updated', role),
  roleScopesUpdated,
  entityEvent('Scope.Created', scope),
  entityEvent('Scope.Deleted'),
  entityEvent('Scope.Data.Updated', scope),
  entityEvent('Organization.Created', organization),
  entityEvent('Organization.Deleted'),
  entityEvent('Organization.Data.Updated', organization),
  organizationMembershipUpdated,
  entityEvent('OrganizationRole.Created', organizationRole),
  entityEvent('OrganizationRole.Deleted'),
  entityEvent('OrganizationRole.Data.Updated', organizationRole),
  organizationRoleScopesUpdated,
  entityEvent('OrganizationScope.Created', organizationScope),
  entityEvent('OrganizationScope.Deleted'),
  entityEvent('OrganizationScope.Data.Updated', organizationScope),
  identifierLockout,
  messageRateLimited,
  grantLimitExceeded,
] as const

function postEvent<Name extends WebhookEventName>(name: Name): EventShape<InteractionEvent<Name>> {
  return withShape(name, z.looseObject(interactionEvent))
}

function userEvent<Name extends WebhookEventName>(name: Name): EventShape<UserEvent<Name>> {
  return entityEvent(name, user)
}

function entityEvent<Name extends WebhookEventName, Entity = never>(
  name: Name,
  entity?: Shape<Entity>,
): EventShape<EntityEvent<Name, Entity>> {
  return withShape(name, z.looseObject({ ...dataEvent, ...(entity && { data: z.optional(entity) }) }))
}

type EventOf<Row> = Row extends EventShape<infer Event> ? Event : never
type ByName<Event extends EventBase<WebhookEventName>> = { [One in Event as One['event']]: One }

/** Each known event by its name. */
export interface WebhookEventMap extends ByName<EventOf<(typeof EVENTS)[number]>> {}

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

const BY_NAME = new Map<string, { driftOf(event: LogtoWebhookEvent): DriftedField[] }>(
  EVENTS.map((event) => [event.name, event]),
)

/** Returns the fields of a known event that are not as its type says; none for an unknown event. */
export function driftOf(event: LogtoWebhookEvent): DriftedField[] {
  return BY_NAME.get(event.event)?.driftOf(event) ?? []
}
