import { isObject } from '../logto/is-object.js'
import {
  from,
  type OptionRule,
  type OptionRules,
  objectWith,
  oneOrMore,
  required,
  STRING,
  secret,
} from '../logto/option-rules.js'
import { WEBHOOK_HANDLER_RULES } from '../webhook/handler.js'
import { createWebhookHandler, type LogtoWebhookEvent, type WebhookHandlerOptions } from '../webhook/index.js'
import type { UserSync } from './caller.js'
import type { Reporter, ReportOptions } from './reporter.js'

/**
 * Options of the webhook route: those of `createWebhookHandler`, and its path. With `sync`, `onAny` runs after the sync
 * has applied the event, and then the handler in `on`; and a test delivery also asks Logto whether this server may still
 * read users.
 */
export interface WebhookOptions extends Omit<WebhookHandlerOptions, 'signingKey'> {
  /**
   * The hook's signing key; several while it is being rotated. `undefined` and the empty string, the values of an
   * environment variable that is not set, are errors at start: an app without webhooks says `webhook: false`.
   */
  signingKey: string | readonly string[] | undefined
  /** Default `/api/syncUser`, as in the original Logto guide. */
  path?: string
}

const PATH: OptionRule = {
  expected: 'a path that begins with "/"',
  accepts: (value) => typeof value === 'string' && /^\/[^\s?#]+$/.test(value),
}

const WEBHOOK_RULES = {
  ...WEBHOOK_HANDLER_RULES,
  signingKey: required(from('LOGTO_WEBHOOK_SIGNING_KEY', secret(oneOrMore(STRING)))),
  path: PATH,
} satisfies OptionRules<WebhookOptions>

export const WEBHOOK_RULE: OptionRule = {
  ...objectWith(WEBHOOK_RULES),
  expected: 'an object such as { signingKey: process.env.LOGTO_WEBHOOK_SIGNING_KEY }, or false',
  accepts: (value) => value === false || isObject(value),
}

/** The options of the app that the webhook route needs. */
interface Options extends Pick<ReportOptions, 'logger' | 'onRefused'> {
  webhook?: WebhookOptions | false
  sync?: UserSync | false
}

/** Returns the webhook route; `undefined` without `webhook`. */
export function webhookRouteOf({ webhook, sync, logger, onRefused }: Options, reporter: Reporter) {
  if (!webhook) return undefined
  const { signingKey, path = '/api/syncUser', onAny, onTest, ...rest } = webhook
  const syncThenOnAny = async (event: LogtoWebhookEvent) => {
    if (sync) await sync.apply(event)
    await onAny?.(event)
  }
  const checkThenOnTest = async (event: LogtoWebhookEvent) => {
    if (sync) await sync.checkLogto?.()
    await onTest?.(event)
  }
  const tellApp: WebhookOptions['onRefused'] = (error, request) => {
    if (request) reporter.refused(error, request, path)
  }
  return {
    path,
    handle: createWebhookHandler({
      logger,
      onRefused: onRefused && tellApp,
      ...rest,
      signingKey: signingKey ?? '',
      onAny: sync ? syncThenOnAny : onAny,
      onTest: checkThenOnTest,
    }),
  }
}
