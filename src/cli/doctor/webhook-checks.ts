import { z } from 'zod'
import { Delivery, Hook } from '../logto-schemas.js'
import { leadsTo, missingFrom, SYNC_EVENTS } from '../requirements.js'
import type { Settings } from '../settings.js'
import { M2M_APP_ID, M2M_APP_SECRET, WEBHOOK_ID, WEBHOOK_KEY } from '../variables.js'
import { type Check, type CheckContext, failure, ok, RUN_SETUP, required, warning } from './check.js'
import { sendTestDelivery } from './test-delivery.js'

// Ten thousand deliveries. Those of a busier day are not all counted.
const MAX_PAGES = 100

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
    async run(context) {
      const hook = required(context.hook)
      const expected = `a test delivery to ${hook.config.url} is accepted`
      const answer = await sendTestDelivery(required(context.logto), hook)
      if (answer.isAccepted) return ok(expected)
      const { status, code, logtoCode } = answer
      if (status === undefined) {
        const found = `Logto could not send it${logtoCode === undefined ? '' : ` (${logtoCode})`}`
        const remedy = `${RUN_SETUP}, with --docker when Logto runs in Docker, or --hook-url: a URL that Logto can reach.`
        return failure(expected, found, remedy)
      }
      if (status === 503 && code !== undefined && code in API_FAILURES) {
        context.testFailure = code
        return ok(expected)
      }
      const found = `the API answered ${status}${code === undefined ? '' : ` (${code})`}`
      return failure(expected, found, remedyFor(status, code, hook, context.settings))
    },
  },
  {
    id: 'api-logto',
    title: 'API may ask Logto',
    // What the `.env` of now says was accepted by then, so that the running API has another.
    needs: ['m2m-role', 'hook-delivery'],
    async run({ testFailure: code }) {
      const expected = 'the running API may read users of Logto, with its own credentials'
      const cause = code === undefined ? undefined : API_FAILURES[code]
      if (code === undefined || cause === undefined) return ok(expected, 'it does not say otherwise')
      return failure(expected, `${cause.found} (${code}): new users are refused with 503`, cause.remedy)
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

/** Finds our webhook by its URL; or else, behind a tunnel, by the id or the key of `.env`. */
function findHook({ settings }: CheckContext, hooks: Hook[]): Hook | undefined {
  const [ourId, ourKey] = [settings.variable(WEBHOOK_ID), settings.variable(WEBHOOK_KEY)]
  return (
    hooks.find(({ config }) => config.url === settings.hookUrl) ??
    hooks.find(({ config }) => leadsTo(settings.hookUrl, config.url)) ??
    hooks.find(({ id }) => id === ourId) ??
    hooks.find(({ signingKey }) => signingKey === ourKey)
  )
}

const OTHER_CREDENTIALS = {
  found: 'it runs with other credentials than .env has now',
  remedy: `Restart the API with the .env of now: it reads ${M2M_APP_ID} and ${M2M_APP_SECRET} at the start.`,
}
const NOT_REACHED = {
  found: 'it does not reach Logto',
  remedy:
    'Correct logtoEndpoint of its Client (LOGTO_ENDPOINT), or the network between the two; then restart the API.',
}

/** Why a running API cannot ask Logto, by the code of its answer to a test delivery: those of a ManagementError. */
const API_FAILURES: Partial<Record<string, { found: string; remedy: string }>> = {
  credentials_missing: OTHER_CREDENTIALS,
  client_unknown: OTHER_CREDENTIALS,
  client_secret_invalid: OTHER_CREDENTIALS,
  client_secret_expired: OTHER_CREDENTIALS,
  client_type_unsupported: OTHER_CREDENTIALS,
  role_missing: OTHER_CREDENTIALS,
  resource_unknown: {
    found: 'it asks for another Management API',
    remedy: 'Correct management.resource of its Client; then restart the API.',
  },
  request_refused: NOT_REACHED,
  response_invalid: NOT_REACHED,
  response_too_large: NOT_REACHED,
  rate_limited: NOT_REACHED,
  server_error: NOT_REACHED,
  unreachable: NOT_REACHED,
  answer_timeout: NOT_REACHED,
}

const SIGNATURE_CODES = ['signature_missing', 'signature_malformed', 'signature_mismatch']

/** @param code - of the API's answer, where it is one of this package. */
function remedyFor(status: number, code: string | undefined, hook: Hook, { hookUrl }: Settings): string {
  if (code !== undefined && SIGNATURE_CODES.includes(code))
    return 'The API has another signing key: restart it with the .env of now.'
  if (code === 'webhook_not_here' || status === 404 || status === 405) return wrongPath(hook, hookUrl)
  if (status === 401 || status === 403)
    return `Something else than the webhook handler refused it. ${wrongPath(hook, hookUrl)}`
  return `Look into the log of the API: it answers 5xx when the sync fails (status ${status}).`
}

function wrongPath({ name, config }: Hook, hookUrl: string): string {
  const route = 'give startServer `webhook` with its signing key, and `path` where it is not /api/syncUser'
  if (leadsTo(hookUrl, config.url)) return `The API takes no webhooks at ${pathOf(hookUrl)}: ${route}.`
  return (
    `The API takes no webhooks at ${pathOf(config.url)}. ${RUN_SETUP} sets the URL to ${hookUrl}; or console, Webhooks, ` +
    `${name}, Endpoint URL. Where the path is right, ${route}.`
  )
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url
}
