import type { IncomingMessage, RequestListener } from 'node:http'
import { createWebhookHandler, toNodeHandler, type WebhookHandlerOptions } from '../webhook/index.js'
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

/** The webhook route, or `undefined` without a signing key: an unsigned delivery could be anybody's. */
export function webhookRouteOf({ webhook, sync }: { webhook?: WebhookOptions; sync?: UserSync }) {
  if (!webhook) return undefined
  const { signingKey, path = '/api/syncUser', onAny, ...rest } = webhook
  if (!signingKey || signingKey.length === 0) return undefined
  const applyFirst: WebhookOptions['onAny'] =
    sync &&
    (async (event) => {
      await sync.apply(event)
      await onAny?.(event)
    })
  return { path, handle: createWebhookHandler({ ...rest, signingKey, onAny: applyFirst ?? onAny }) }
}

/**
 * Answers deliveries on `node:http` itself, which costs less than half of a way through `Request`, `Response` and the
 * app's routes; all else goes to `others`. What looks like a browser's goes there too, since CORS and sessions look at
 * it, and so does any other spelling of the path: the app has the same route.
 */
export function webhookFirst(
  options: { webhook?: WebhookOptions; sync?: UserSync },
  others: RequestListener,
): RequestListener {
  const route = webhookRouteOf(options)
  if (!route) return others
  const receive = toNodeHandler(route.handle)
  return (request, response) => {
    if (isDelivery(request, route.path)) return receive(request, response)
    return others(request, response)
  }
}

function isDelivery({ method, url = '', headers }: IncomingMessage, path: string): boolean {
  const isAtPath = url.startsWith(path) && (url.length === path.length || url[path.length] === '?')
  return isAtPath && method === 'POST' && headers.origin === undefined && headers.cookie === undefined
}
