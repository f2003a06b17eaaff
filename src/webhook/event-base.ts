import type { WebhookEventName } from '../logto/index.js'
import { type DriftedField, driftedFields, type Fields, type Shape, shapeOf } from './shape.js'

/**
 * What every event has: the only fields that are checked before an event is passed on. All others are typed as Logto
 * 1.42 sends them (recordings/webhooks) but advisory: a later Logto may leave one out or change its type, which
 * `onDrift` reports and which does not refuse the event.
 */
export interface EventBase<Name> {
  event: Name
  /** The hook that sent it. */
  hookId: string
  /** ISO 8601. Not an order of changes: it has disagreed with `data.updatedAt` (docs/facts.md, "Webhooks"). */
  createdAt: string
  userAgent?: string
}

/** The fields that identify an event. */
export type Identity = 'event' | 'hookId' | 'createdAt'

/** A known event: its name, and the comparison of a received one with its type. */
export interface EventShape<Event extends EventBase<WebhookEventName>> {
  readonly name: Event['event']
  driftOf(event: Event): DriftedField[]
}

/** Returns the shape of an event with fields of its own. */
export function eventShape<Event extends EventBase<WebhookEventName>>(
  name: Event['event'],
  fields: Fields<Omit<Event, Identity>>,
): EventShape<Event> {
  return withShape(name, shapeOf<Omit<Event, Identity>>(fields))
}

/** Returns the shape of an event whose fields have a schema already. */
export function withShape<Event extends EventBase<WebhookEventName>>(
  name: Event['event'],
  shape: Shape<unknown>,
): EventShape<Event> {
  return { name, driftOf: (event) => driftedFields(shape, event) }
}
