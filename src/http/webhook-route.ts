import { createWebhookHandler, type LogtoWebhookEvent, type WebhookHandlerOptions } from '../webhook/index.js'
import type { UserSync } from './caller.js'

/**
 * Options of the webhook route: those of `createWebhookHandler`, and its path. With `sync`, `onAny` runs after the sync
 * has applied the event, and then the handler in `on`.
 */
export interface WebhookOptions extends Omit<WebhookHandlerOptions, 'signingKey'> {
  /** The hook's signing key; several while it is being rotated. Without one the route does not exist. */
  signingKey: string | readonly string[] | undefined
  /** Default `/api/syncUser`, as in the guide. */
  path?: string
}

/** Returns the webhook route, or `undefined` without a signing key: anyone could send an unsigned delivery. */
export function webhookRouteOf({ webhook, sync }: { webhook?: WebhookOptions; sync?: UserSync }) {
  if (!webhook) return undefined
  const { signingKey, path = '/api/syncUser', onAny, ...rest } = webhook
  if (!signingKey || signingKey.length === 0) return undefined
  const syncThenOnAny = async (event: LogtoWebhookEvent) => {
    await sync?.apply(event)
    await onAny?.(event)
  }
  return { path, handle: createWebhookHandler({ ...rest, signingKey, onAny: sync ? syncThenOnAny : onAny }) }
}
