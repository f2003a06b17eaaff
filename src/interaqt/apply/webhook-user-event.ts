import { type LogtoUser, WEBHOOK_EVENTS } from '../../logto/index.js'
import { isObject } from '../../logto/is-object.js'
import type { LogtoWebhookEvent } from '../../webhook/event.js'
import { fieldOf } from '../../webhook/field.js'
import { isTestDelivery } from '../../webhook/test-delivery.js'
import { userIdOf, userOf } from '../../webhook/user-of.js'

/** The trustworthy part of what an event says about one user. */
export interface WebhookUserEvent {
  name: string
  logtoId: string
  /** Milliseconds since the epoch. */
  createdAt: number
  /** The whole user, when the event has it and only Logto can have written it. */
  user: LogtoUser | undefined
}

// The events that follow a write to a user, and those of the sign-in pages. No other event is about one user.
const USER_EVENTS: ReadonlySet<string> = new Set(
  WEBHOOK_EVENTS.filter((name) => name.startsWith('User.') || name.startsWith('Post')),
)

/** Reads what `body` says about a user; undefined when it is no user event, a test delivery, or no event at all. */
export function readUserEvent(body: unknown): WebhookUserEvent | undefined {
  if (!isEvent(body) || !USER_EVENTS.has(body.event) || isTestDelivery(body)) return undefined
  const logtoId = userIdOf(body)
  if (logtoId === undefined) return undefined
  const createdAt = Date.parse(body.createdAt)
  return {
    name: body.event,
    logtoId,
    createdAt: Number.isNaN(createdAt) ? 0 : createdAt,
    user: trustedUserOf(body),
  }
}

// `data` is trusted only where Logto names the user beside it, in the path of the call of the Management API that caused
// the event: elsewhere `data` may be what a user chose to write. And only where it has all fields that the Management
// API answers: without `hasPassword`, `mapUser` would clear a column that it fills from it.
function trustedUserOf(event: LogtoWebhookEvent): LogtoUser | undefined {
  const user = userOf(event)
  const named = fieldOf(fieldOf(event, 'params'), 'userId')
  return user && named === user.id && user.hasPassword !== undefined ? user : undefined
}

function isEvent(body: unknown): body is LogtoWebhookEvent {
  return isObject(body) && typeof body.event === 'string'
}
