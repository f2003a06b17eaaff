import { z } from 'zod'
import { Hook } from '../logto-schemas.js'
import { leadsTo, missingFrom, SYNC_EVENTS } from '../requirements.js'
import { WEBHOOK_ID, WEBHOOK_KEY } from '../variables.js'
import { hookNameOf, isOwnHook } from './own-name.js'
import { actionOf, type PlanContext, type Step } from './plan.js'

/** Plans the webhook that sends changes of users to the API, with the events that the sync needs; further events stay. */
export async function planWebhook(context: PlanContext): Promise<Step> {
  const { logto, settings, name } = context
  const { hookUrl: url } = settings
  const hookName = hookNameOf(name)
  const hooks = await logto.get('/hooks', z.array(Hook))
  const found =
    hooks.find(({ config }) => config.url === url) ??
    hooks.find(({ config }) => leadsTo(url, config.url)) ??
    hooks.find((hook) => isOwnHook(context, hook))
  const namesake = found ? undefined : hooks.find(({ id }) => id === settings.variable(WEBHOOK_ID))
  const hasUrl = leadsTo(url, found?.config.url)
  const missing = missingFrom(found?.events, SYNC_EVENTS)
  const details = [
    ...(namesake
      ? [
          `beside ${namesake.name} of .env, which stays at ${namesake.config.url}: without --yes it can be moved here`,
        ]
      : []),
    ...(hasUrl ? [] : [`URL ${url}${found ? `, was ${found.config.url}` : ''}`]),
    ...(missing.length === 0 ? [] : [`events ${missing.join(', ')}`]),
    ...(found?.enabled === false ? ['enable it'] : []),
  ]
  const body = {
    events: [...(found?.events ?? []), ...missing],
    config: { ...found?.config, ...(!hasUrl && { url }) },
  }
  return {
    subject: 'Webhook',
    name: found?.name ?? hookName,
    action: actionOf(found, details),
    details,
    values: { [WEBHOOK_KEY]: found?.signingKey, [WEBHOOK_ID]: found?.id },
    apply: async () => {
      const { id, signingKey } = found
        ? await logto.write(
            'PATCH',
            `/hooks/${encodeURIComponent(found.id)}`,
            { ...body, enabled: true },
            Hook,
          )
        : await logto.write('POST', '/hooks', { ...body, name: hookName }, Hook)
      return { [WEBHOOK_KEY]: signingKey, [WEBHOOK_ID]: id }
    },
  }
}
