import { z } from 'zod'
import { Delivery, Hook } from '../logto-schemas.js'
import { missingFrom, SYNC_EVENTS } from '../requirements.js'
import { WEBHOOK_ID, WEBHOOK_KEY } from '../variables.js'
import { type Check, type CheckContext, failure, ok, RUN_SETUP, required, warning } from './check.js'

// Ten thousand deliveries. Those of a busier day are not all counted.
const MAX_PAGES = 100

const TestRefusal = z.object({
  code: z.string(),
  data: z.looseObject({ responseStatus: z.number().optional() }).optional(),
})

/** Whether Logto sends changes of users to the API, and the API accepts them. */
export const webhookChecks: readonly Check[] = [
  {
    id: 'hook',
    title: 'Webhook',
    needs: ['m2m-role'],
    async run(context) {
      const hooks = await required(context.logto).get('/hooks', z.array(Hook))
      const found = findHook(context, hooks)
      const expected = `a webhook to ${context.settings.hookUrl}`
      if (!found) return failure(expected, `${hooks.length} webhooks, none of them to it`, RUN_SETUP)
      context.terminal.conceal(found.signingKey)
      context.hook = found
      const { url } = found.config
      return ok(expected, url === context.settings.hookUrl ? found.name : `to ${url}`)
    },
  },
  {
    id: 'hook-enabled',
    title: 'Webhook is enabled',
    needs: ['hook'],
    async run({ hook }) {
      const { enabled, name } = required(hook)
      if (enabled) return ok('enabled')
      return failure('enabled', 'disabled', `${RUN_SETUP}; or console, Webhooks, ${name}, Enable webhook.`)
    },
  },
  {
    id: 'hook-events',
    title: 'Webhook events',
    needs: ['hook'],
    async run({ hook }) {
      const { events, name } = required(hook)
      const missing = missingFrom(events, SYNC_EVENTS)
      const expected = SYNC_EVENTS.join(', ')
      if (missing.length === 0) return ok(expected)
      const remedy = `${RUN_SETUP}; or console, Webhooks, ${name}, Events.`
      return failure(expected, `without ${missing.join(', ')}`, remedy)
    },
  },
  {
    id: 'hook-key',
    title: 'Signing key',
    needs: ['hook'],
    async run({ settings, hook }) {
      const ours = settings.variable(WEBHOOK_KEY)
      const expected = `${WEBHOOK_KEY}, the webhook's own`
      if (ours === required(hook).signingKey) return ok(expected)
      const found = ours ? 'another one: the API would refuse every delivery' : 'it is not set'
      return failure(expected, found, `${RUN_SETUP}, then restart the API.`)
    },
  },
  {
    id: 'hook-id',
    title: 'Webhook id',
    needs: ['hook'],
    async run({ settings, hook }) {
      const ours = settings.variable(WEBHOOK_ID)
      const { id } = required(hook)
      const expected = `${WEBHOOK_ID}, the webhook's own`
      if (ours === id) return ok(expected)
      const found = `${ours ? 'another one' : 'it is not set'}: failed deliveries cannot be applied again`
      return warning(expected, found, `${RUN_SETUP}, then restart the API.`)
    },
  },
  {
    id: 'hook-delivery',
    title: 'Webhook reaches the API',
    needs: ['hook', 'hook-key', 'api'],
    async run({ logto, hook }) {
      const { id, config } = required(hook)
      const expected = `a test delivery to ${config.url} is accepted`
      // The webhook handler recognises the signed body as a test.
      const { status, body } = await required(logto).post(`/hooks/${encodeURIComponent(id)}/test`, {
        events: ['User.Data.Updated'],
        config,
      })
      if (status >= 200 && status < 300) return ok(expected)
      const refusal = TestRefusal.safeParse(body)
      const answered = refusal.success ? refusal.data.data?.responseStatus : undefined
      if (answered !== undefined)
        return failure(expected, `the API answered ${answered}`, remedyFor(answered))
      const found = `Logto could not send it${refusal.success ? ` (${refusal.data.code})` : ''}`
      const remedy = `${RUN_SETUP}, with --docker when Logto runs in Docker, or --hook-url: a URL that Logto can reach.`
      return failure(expected, found, remedy)
    },
  },
  {
    id: 'failed-deliveries',
    title: 'Failed deliveries',
    needs: ['hook'],
    async run({ terminal, logto, hook, since }) {
      const { id } = required(hook)
      const path = `/hooks/${encodeURIComponent(id)}/recent-logs?start_time=${since}`
      const deliveries = await required(logto).list(path, z.array(Delivery), MAX_PAGES)
      const failed = deliveries.filter(
        ({ payload, createdAt }) => payload.result === 'Error' && createdAt >= since,
      )
      const expected = `none since ${new Date(since).toISOString()}`
      const [last] = failed
      if (!last) return ok(expected, 'none')
      const found = `${failed.length}, the last at ${new Date(last.createdAt).toISOString()}`
      const now = new Date(terminal.host.now()).toISOString()
      const remedy = `Logto does not repeat them: let the API run sync.replay({ hookId: '${id}' }), or restart it with sync.schedule. Then: doctor --since ${now}`
      return warning(expected, found, remedy)
    },
  },
]

/** Finds our webhook by its URL; or else, behind a tunnel or Docker's name for the machine, by our key or by its path. */
function findHook({ settings }: CheckContext, hooks: Hook[]): Hook | undefined {
  const { pathname } = new URL(settings.hookUrl)
  const key = settings.variable(WEBHOOK_KEY)
  return (
    hooks.find(({ config }) => config.url === settings.hookUrl) ??
    hooks.find(({ signingKey }) => signingKey === key) ??
    hooks.find(({ config }) => URL.canParse(config.url) && new URL(config.url).pathname === pathname)
  )
}

function remedyFor(status: number): string {
  if (status === 401) return 'The API has another signing key, or none: restart it with the .env of now.'
  if (status === 404) return 'The API has no webhook route: give startServer `webhook` with its signing key.'
  return `Look into the log of the API: it answers 5xx when the sync fails (status ${status}).`
}
