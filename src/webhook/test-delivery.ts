import type { LogtoWebhookEvent } from './event.js'
import { fieldOf } from './field.js'

/**
 * Returns whether this is the console's "send test payload", which is signed as a real event is. Data and exception events come
 * with `path: '/fake-path/:id'` and `data: {result: 'success'}`, Post* events with a whole user `fake-id` in session
 * `fake-session-id` (recordings/webhooks/0209 and 0211). Only fields that Logto itself fills are looked at, so no user
 * can make a real event look like a test.
 */
export function isTestDelivery(event: LogtoWebhookEvent): boolean {
  return isTestOfDataEvent(event) || isTestOfInteractionEvent(event)
}

// A real path never holds the pattern's `:id`.
function isTestOfDataEvent(event: LogtoWebhookEvent): boolean {
  return (
    fieldOf(event, 'path') === '/fake-path/:id' && fieldOf(fieldOf(event, 'data'), 'result') === 'success'
  )
}

function isTestOfInteractionEvent(event: LogtoWebhookEvent): boolean {
  return fieldOf(event, 'sessionId') === 'fake-session-id' && fieldOf(event, 'userId') === 'fake-id'
}
