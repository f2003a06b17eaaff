import { WEBHOOK_EVENTS, type WebhookEventName } from '../logto/index.js'
import { nearestName } from '../logto/nearest-name.js'
import { ignoreRejection } from '../logto/to-error.js'
import { WebhookError } from './errors.js'
import type { LogtoWebhookEvent, WebhookEventMap } from './event.js'

/** Handlers by event name; each gets its own event's type. */
export type WebhookListeners = {
  [Name in WebhookEventName]?: ((event: WebhookEventMap[Name]) => unknown) | undefined
}

/** A handler. By method syntax, because TypeScript cannot follow that an event's name picks the fitting one. */
export type Listener = { call(event: LogtoWebhookEvent): unknown }['call']

/**
 * Calls the handlers one after the other, each also when one before it has failed.
 *
 * @throws AggregateError of what they threw.
 */
export async function callAll(listeners: readonly Listener[], event: LogtoWebhookEvent): Promise<void> {
  const thrown: unknown[] = []
  for (const listener of listeners) {
    try {
      await listener(event)
    } catch (error) {
      ignoreRejection(error)
      thrown.push(error)
    }
  }
  if (thrown.length > 0) {
    throw new AggregateError(thrown, `${thrown.length} handler(s) of ${event.event} failed`)
  }
}

/**
 * Returns a function that finds the handlers of an event, in the order in which they are called.
 *
 * @throws WebhookError `event_name_unknown` for a key that is no known event: its handler would never be called.
 */
export function joinListeners(
  on: WebhookListeners = {},
  onAny?: (event: LogtoWebhookEvent) => unknown,
): (event: LogtoWebhookEvent) => readonly Listener[] {
  const onEvery = onAny ? [onAny] : []
  const byName = new Map<string, Listener[]>()
  for (const [name, listener] of Object.entries<Listener | undefined>(on)) {
    if (!isKnown(name)) throw unknownName(name)
    if (listener) byName.set(name, [...onEvery, listener])
  }
  return (event) => byName.get(event.event) ?? onEvery
}

function isKnown(name: string): name is WebhookEventName {
  return WEBHOOK_EVENTS.some((known) => known === name)
}

function unknownName(name: string): WebhookError {
  const nearest = nearestName(name, WEBHOOK_EVENTS)
  const hint = nearest === undefined ? '(see WEBHOOK_EVENTS)' : `(did you mean "${nearest}"?)`
  return new WebhookError(
    'event_name_unknown',
    `"${name}" in \`on\` is no known webhook event ${hint}; events of a later Logto reach onAny`,
  )
}
