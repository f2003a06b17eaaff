import type { LogtoUser } from '../logto/index.js'
import { isObject } from '../logto/is-object.js'
import type { LogtoWebhookEvent } from './event.js'
import { fieldOf } from './field.js'

// Only in these is `data` about a user: in Role.Created, `data.id` is a role's.
const USER_DATA_EVENTS: ReadonlySet<string> = new Set([
  'User.Created',
  'User.Deleted',
  'User.Data.Updated',
  'User.SuspensionStatus.Updated',
])

// After these routes `data` is free-form: a user who can write custom data chooses its `id`, `isSuspended`, `updatedAt`.
const FREE_FORM_ROUTE = /\/(?:custom-data|profile)\/?$/

/**
 * Returns the Logto user id that an event is about, or undefined when it is about none. Logto's own fields come first:
 * `params.userId`, `userId`, `data.id` of a user event, `user.id`.
 */
export function userIdOf(event: LogtoWebhookEvent): string | undefined {
  return (
    idFrom(fieldOf(fieldOf(event, 'params'), 'userId')) ??
    idFrom(fieldOf(event, 'userId')) ??
    idFrom(fieldOf(userDataOf(event), 'id')) ??
    idFrom(fieldOf(fieldOf(event, 'user'), 'id'))
  )
}

/**
 * Returns the user in the event, only when that is a whole user: its `id` is the event's Logto user id, and the event
 * does not come from a route whose data is free-form. Undefined otherwise: then ask Logto (`client.getUser`).
 */
export function userOf(event: LogtoWebhookEvent): LogtoUser | undefined {
  const id = userIdOf(event)
  if (id === undefined) return undefined
  const user = userDataOf(event) ?? fieldOf(event, 'user')
  return isUser(user) && user.id === id ? user : undefined
}

function userDataOf(event: LogtoWebhookEvent): unknown {
  if (!USER_DATA_EVENTS.has(event.event)) return undefined
  if (isFreeForm(fieldOf(event, 'matchedRoute')) || isFreeForm(fieldOf(event, 'path'))) return undefined
  return fieldOf(event, 'data')
}

function isFreeForm(route: unknown): boolean {
  return typeof route === 'string' && FREE_FORM_ROUTE.test(route)
}

function idFrom(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

// The fields that sync decides by must be what their types say.
function isUser(value: unknown): value is LogtoUser {
  return (
    isObject(value) &&
    typeof fieldOf(value, 'id') === 'string' &&
    typeof fieldOf(value, 'isSuspended') === 'boolean' &&
    typeof fieldOf(value, 'updatedAt') === 'number'
  )
}
