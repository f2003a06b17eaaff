import { WEBHOOK_EVENTS, type WebhookEventName } from '../logto/index.js'
import { WebhookError } from './errors.js'
import type { LogtoWebhookEvent, WebhookEventMap } from './event.js'

/** Handlers by event name; each gets its own event's type. */
export type WebhookListeners = {
  [Name in WebhookEventName]?: ((event: WebhookEventMap[Name]) => unknown) | undefined
}

/** What listens to an event, in the order in which it is called. */
export type ListenersOf = (event: LogtoWebhookEvent) => readonly Listener['listen'][]

/** What the handlers of one event threw, gathered; undefined when all went well. */
export type Failure = AggregateError | undefined

// Method syntax takes parameters bivariantly: TypeScript cannot follow that an event's name picks the fitting handler.
export interface Listener {
  listen(event: LogtoWebhookEvent): unknown
}

/**
 * Calls them one after the other, each also when one before it has failed.
 *
 * @returns what they threw, gathered; undefined when all went well. A promise only when one of them returned something:
 * a promise and the deadline's timer cost more than the rest of a handler that has nothing to wait for.
 */
export function callAll(
  [listen, ...others]: readonly Listener['listen'][],
  event: LogtoWebhookEvent,
  thrown: readonly unknown[] = [],
): Failure | Promise<Failure> {
  if (!listen) return failureOf(thrown, event)
  try {
    const returned = listen(event)
    if (returned !== undefined) {
      return Promise.resolve(returned).then(
        () => callAll(others, event, thrown),
        (error) => callAll(others, event, [...thrown, error]),
      )
    }
  } catch (error) {
    return callAll(others, event, [...thrown, error])
  }
  return callAll(others, event, thrown)
}

function failureOf(thrown: readonly unknown[], event: LogtoWebhookEvent): Failure {
  if (thrown.length === 0) return undefined
  return new AggregateError(thrown, `${thrown.length} handler(s) of ${event.event} failed`)
}

/**
 * Joins the handlers by name and the one for every event.
 *
 * @throws WebhookError `event_name_unknown` for a key that is no known event: its handler would never be called.
 */
export function joinListeners(
  on: WebhookListeners = {},
  onAny?: (event: LogtoWebhookEvent) => unknown,
): ListenersOf {
  const onEvery = onAny ? [onAny] : []
  const byName = new Map<string, Listener['listen'][]>()
  for (const [name, listener] of Object.entries<Listener['listen'] | undefined>(on)) {
    if (!isKnown(name)) throw unknownName(name)
    if (listener) byName.set(name, [...onEvery, listener])
  }
  return (event) => byName.get(event.event) ?? onEvery
}

function isKnown(name: string): name is WebhookEventName {
  return WEBHOOK_EVENTS.some((known) => known === name)
}

function unknownName(name: string): WebhookError {
  return new WebhookError(
    'event_name_unknown',
    `"${name}" in \`on\` is no known webhook event (see WEBHOOK_EVENTS); events of a later Logto reach onAny`,
  )
}
