import { z } from 'zod'
import type { WebhookEventName } from '../logto/index.js'

// Loose objects: a later Logto may add fields. What is free-form is only checked to be an object, never walked, so its
// depth and size cost nothing here.
const freeForm = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Invalid input: expected object',
)
const text = z.string()
const optionalText = text.optional()
const nullableText = text.nullable()
const time = z.number()

const user = z.looseObject({
  id: text,
  username: nullableText,
  primaryEmail: nullableText,
  primaryPhone: nullableText,
  name: nullableText,
  avatar: nullableText,
  customData: freeForm,
  identities: freeForm,
  profile: freeForm,
  applicationId: nullableText,
  cimdClientId: nullableText.optional(),
  isSuspended: z.boolean(),
  lastSignInAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
  hasPassword: z.boolean().optional(),
})
const application = z.looseObject({ id: text, type: text, name: text, description: text.nullish() })
const tenant = { tenantId: optionalText }
const role = z.looseObject({
  ...tenant,
  id: text,
  name: text,
  description: nullableText,
  type: z.enum(['User', 'MachineToMachine']),
  isDefault: z.boolean().optional(),
})
const scope = z.looseObject({
  ...tenant,
  id: text,
  resourceId: text,
  name: text,
  description: nullableText,
  createdAt: time,
})
const organization = z.looseObject({
  ...tenant,
  id: text,
  name: text,
  description: nullableText,
  customData: freeForm,
  isMfaRequired: z.boolean().optional(),
  color: freeForm.optional(),
  branding: freeForm.optional(),
  customCss: nullableText.optional(),
  createdAt: time,
})
const organizationRole = z.looseObject({
  ...tenant,
  id: text,
  name: text,
  description: nullableText,
  type: optionalText,
})
const organizationScope = z.looseObject({ ...tenant, id: text, name: text, description: nullableText })

const signIn = {
  interactionEvent: z.enum(['SignIn', 'Register', 'ForgotPassword']).optional(),
  applicationId: optionalText,
  sessionId: optionalText,
  application: application.optional(),
}
const dataEventFields = {
  ...signIn,
  userAgent: optionalText,
  ip: optionalText,
  path: optionalText,
  method: optionalText,
  status: z.number().optional(),
  params: freeForm.optional(),
  matchedRoute: optionalText,
}
const interactionFields = {
  ...signIn,
  userAgent: optionalText,
  userId: optionalText,
  userIp: optionalText,
  user: user.optional(),
}

function dataEvent(fields: z.ZodRawShape): z.ZodType {
  return z.looseObject({ ...dataEventFields, ...fields })
}
const interactionEvent: z.ZodType = z.looseObject(interactionFields)
const dataless = dataEvent({})
const userEvent = dataEvent({ data: user.optional() })
const ids = z.array(text).optional()

/** The shape of each known event as `WebhookEventMap` types it; one lookup by name instead of a union over all. */
const SCHEMAS: Record<WebhookEventName, z.ZodType> = {
  PostRegister: interactionEvent,
  PostSignIn: interactionEvent,
  PostSignInAdaptiveMfaTriggered: z.looseObject({
    ...interactionFields,
    adaptiveMfaResult: z
      .looseObject({ requiresMfa: z.boolean().optional(), triggeredRules: z.array(freeForm).optional() })
      .optional(),
  }),
  PostResetPassword: interactionEvent,
  'User.Created': userEvent,
  'User.Deleted': userEvent,
  'User.Data.Updated': dataEvent({ data: freeForm.optional() }),
  'User.SuspensionStatus.Updated': userEvent,
  'Role.Created': dataEvent({ data: role.optional() }),
  'Role.Deleted': dataless,
  'Role.Data.Updated': dataEvent({ data: role.optional() }),
  'Role.Scopes.Updated': dataEvent({ roleId: optionalText, data: z.array(scope).optional() }),
  'Scope.Created': dataEvent({ data: scope.optional() }),
  'Scope.Deleted': dataless,
  'Scope.Data.Updated': dataEvent({ data: scope.optional() }),
  'Organization.Created': dataEvent({ data: organization.optional() }),
  'Organization.Deleted': dataless,
  'Organization.Data.Updated': dataEvent({ data: organization.optional() }),
  'Organization.Membership.Updated': dataEvent({
    organizationId: optionalText,
    addedUserIds: ids,
    removedUserIds: ids,
    addedApplicationIds: ids,
    removedApplicationIds: ids,
  }),
  'OrganizationRole.Created': dataEvent({ data: organizationRole.optional() }),
  'OrganizationRole.Deleted': dataless,
  'OrganizationRole.Data.Updated': dataEvent({ data: organizationRole.optional() }),
  'OrganizationRole.Scopes.Updated': dataEvent({
    organizationRoleId: optionalText,
    data: z.array(organizationScope).optional(),
  }),
  'OrganizationScope.Created': dataEvent({ data: organizationScope.optional() }),
  'OrganizationScope.Deleted': dataless,
  'OrganizationScope.Data.Updated': dataEvent({ data: organizationScope.optional() }),
  'Identifier.Lockout': dataEvent({
    type: z.enum(['email', 'phone', 'username']).optional(),
    value: optionalText,
  }),
  'Message.RateLimited': dataEvent({ action: optionalText, recipient: optionalText }),
  'Grant.LimitExceeded': dataEvent({
    userId: optionalText,
    revokedGrantIds: ids,
    maxAllowedGrants: z.number().optional(),
    preRevocationActiveGrantCount: z.number().optional(),
  }),
}

const BY_NAME: ReadonlyMap<string, z.ZodType> = new Map(Object.entries(SCHEMAS))

/** What the fields of this event should be, beside those that identify it; undefined for an unknown event. */
export function schemaOf(eventName: string): z.ZodType | undefined {
  return BY_NAME.get(eventName)
}
