import { z } from 'zod'
import { asSeenFromDocker } from '../docker.js'
import { Hook, SYNC_EVENTS } from '../logto-schemas.js'
import { type EnvValues, keep, type PlanContext, type Step } from './plan.js'

const SUBJECT = 'Webhook'
export const WEBHOOK_KEY = 'LOGTO_WEBHOOK_SIGNING_KEY'
/** Under which the API finds the deliveries that failed, to apply them again. */
export const WEBHOOK_ID = 'LOGTO_WEBHOOK_ID'
const VARIABLES = [WEBHOOK_KEY, WEBHOOK_ID]

/** The webhook that tells the API of users, with the events that the sync needs; further events stay. */
export async function planWebhook({ logto, settings, name }: PlanContext): Promise<Step> {
  const { hookUrl: url } = settings
  const hookName = `${name} sync`
  const hooks = await logto.get('/hooks', z.array(Hook))
  // What an earlier run has registered for Docker is our URL by another name.
  const isOurs = (other: string) => other === url || other === asSeenFromDocker(url)
  const found =
    hooks.find(({ config }) => config.url === url) ??
    hooks.find(({ config }) => isOurs(config.url)) ??
    hooks.find((hook) => hook.name === hookName)
  if (!found) {
    const body = { name: hookName, events: SYNC_EVENTS, config: { url } }
    return {
      subject: SUBJECT,
      name: hookName,
      action: 'create',
      details: [`URL ${url}`, `events ${SYNC_EVENTS.join(', ')}`],
      variables: VARIABLES,
      values: {},
      apply: async () => valuesOf(await logto.write('POST', '/hooks', body, Hook)),
    }
  }

  const values = valuesOf(found)
  const missing = SYNC_EVENTS.filter((event) => !found.events.includes(event))
  const details = [
    ...(isOurs(found.config.url) ? [] : [`URL ${url}, was ${found.config.url}`]),
    ...(missing.length === 0 ? [] : [`events ${missing.join(', ')}`]),
    ...(found.enabled ? [] : ['enable it']),
  ]
  if (details.length === 0) return keep(SUBJECT, found.name, values)
  const body = {
    events: [...found.events, ...missing],
    config: { ...found.config, ...(!isOurs(found.config.url) && { url }) },
    enabled: true,
  }
  return {
    subject: SUBJECT,
    name: found.name,
    action: 'change',
    details,
    variables: VARIABLES,
    values,
    apply: async () => {
      await logto.write('PATCH', `/hooks/${found.id}`, body, Hook)
      return values
    },
  }
}

function valuesOf({ id, signingKey }: Hook): EnvValues {
  return { [WEBHOOK_KEY]: signingKey, [WEBHOOK_ID]: id }
}
