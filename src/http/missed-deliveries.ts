import { SIGNATURE_HEADER } from '../logto/events.js'
import type { Logger } from '../logto/logger.js'
import { refusalOf } from './error-response.js'
import { HttpError } from './http-error.js'

const LINE_TO_ADD =
  'add `webhook: { signingKey: process.env.LOGTO_WEBHOOK_SIGNING_KEY }` to the options of createApp or startServer'

/** Says at the start that a sync without a webhook learns nothing of what changes in Logto. */
export function warnOfNoWebhook(logger: Logger): void {
  logger.warn(
    'interaqt-logto: there is a `sync` but no `webhook`: events of Logto do not arrive, and User records are behind until ' +
      `the next reconcile. What to do: ${LINE_TO_ADD}, or \`webhook: false\` where this app does without`,
  )
}

/**
 * Returns the refusal of a delivery of Logto that came to a path where the app takes none; `undefined` for any other
 * request.
 *
 * @param webhookPath - where the app takes them; `undefined` without `webhook`.
 */
export function missedDeliveryOf(
  request: Request,
  status: number,
  webhookPath: string | undefined,
): HttpError | undefined {
  if (!request.headers.has(SIGNATURE_HEADER)) return undefined
  return new HttpError(status, 'webhook_not_here', 'This server takes no deliveries of Logto at this path.', {
    remedy:
      webhookPath === undefined
        ? `${LINE_TO_ADD}, or take the webhook away in Logto`
        : `end the URL of the webhook in Logto with ${webhookPath}, or set \`webhook.path\``,
  })
}

/** Resolves as a look for the caller does. A delivery has none: its refusal says so instead of asking for a token. */
export async function orMissedDelivery<Caller>(
  caller: Promise<Caller>,
  request: Request,
  webhookPath: string | undefined,
): Promise<Caller> {
  try {
    return await caller
  } catch (error) {
    const missed = refusalOf(error).status === 401 && missedDeliveryOf(request, 401, webhookPath)
    throw missed || error
  }
}
