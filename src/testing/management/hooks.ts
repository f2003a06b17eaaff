import { z } from 'zod/v3'
import { WEBHOOK_EVENTS } from '../../logto/index.js'
import { secretValue } from '../records/identifiers.js'
import type { HookRecord } from '../records/records.js'
import type { LogtoState } from '../state/state.js'
import type { DeliveryResult } from '../webhooks/deliveries.js'
import { collectionRoutes } from './collection.js'
import { ManagementRefusal } from './errors.js'
import { pagedLog, pagedOnDemand } from './pagination.js'
import { get, noContent, ok, patch, post, type Route, type RouteContext } from './router.js'
import { testPayload } from './test-payload.js'

const DELIVERY_LOG_MS = 24 * 60 * 60 * 1000

const event = z.enum(WEBHOOK_EVENTS)
const config = z.object({
  url: z.string(),
  headers: z.record(z.string()).optional(),
  retries: z.number().gte(0).lte(3).optional(),
})
const newHook = z.object({
  name: z.string().min(1).max(256),
  events: event.array().min(1),
  config,
  enabled: z.boolean().optional(),
})

/** `/hooks`: webhooks, their signing keys, test deliveries and the delivery log. */
export const hookRoutes: readonly Route[] = [
  ...collectionRoutes({
    path: '/hooks',
    rows: (state) => state.hooks,
    newRow: newHook,
    change: newHook.partial(),
    show: (hook, { query, state }) =>
      query.get('includeExecutionStats') === 'true' ? hookWithStats(state, hook) : hook,
    list: (context) => {
      const withStats = context.query.get('includeExecutionStats') === 'true'
      return pagedOnDemand(context, [...context.state.hooks.values()], (hook) =>
        withStats ? hookWithStats(context.state, hook) : hook,
      )
    },
  }),
  patch('/hooks/:id/signing-key', (context) =>
    ok(Object.assign(hookOf(context), { signingKey: secretValue() })),
  ),
  post('/hooks/:id/test', async (context) => {
    const { events, config } = context.read(newHook.pick({ events: true, config: true }))
    const { id, signingKey } = hookOf(context)
    const { state } = context
    const results = await Promise.all(
      events.map((name) =>
        state.deliveries.send({ config, signingKey }, testPayload(name, id, state.now(), state.version)),
      ),
    )
    const failed = results.find((result) => result.error !== undefined)
    if (failed) throw testFailure(failed)
    return noContent()
  }),
  get('/hooks/:id/recent-logs', (context) => {
    const { id } = hookOf(context)
    const { query, state } = context
    // The last 24 hours, unless a time is asked for (recordings/released/hook-recent-logs-older-than-24-hours.json).
    const hasTime = query.has('start_time') || query.has('end_time')
    const from = hasTime ? numberOr(query.get('start_time'), 0) : state.now() - DELIVERY_LOG_MS
    const until = numberOr(query.get('end_time'), Number.POSITIVE_INFINITY)
    const key = query.get('logKey')
    const rows = state.deliveries.log.filter(
      (row) =>
        row.payload.hookId === id &&
        row.createdAt >= from &&
        row.createdAt <= until &&
        (key === null || row.key === key),
    )
    return pagedLog(context, rows.reverse())
  }),
]

const hookOf = (context: RouteContext) => context.row(context.state.hooks)

/** recordings/setup/hook-execution-stats.json */
function hookWithStats(state: LogtoState, hook: HookRecord) {
  const since = state.now() - DELIVERY_LOG_MS
  const rows = state.deliveries.log.filter((row) => row.payload.hookId === hook.id && row.createdAt >= since)
  const successCount = rows.filter((row) => row.payload.result === 'Success').length
  return { ...hook, executionStats: { successCount, requestCount: rows.length } }
}

/** recordings/setup/12b-hook-test-endpoint-500.json */
function testFailure({ response, error }: DeliveryResult): ManagementRefusal {
  if (!response) {
    const message = 'Failed to send test payload.'
    return new ManagementRefusal(422, 'hook.send_test_payload_failed', message, { message: error })
  }
  const { statusCode: responseStatus, body } = response
  const responseBody = typeof body === 'string' ? body : JSON.stringify(body)
  const code = 'hook.endpoint_responded_with_error'
  return new ManagementRefusal(422, code, 'Endpoint responded with error.', { responseStatus, responseBody })
}

const numberOr = (text: string | null, fallback: number): number =>
  text === null || Number.isNaN(Number(text)) ? fallback : Number(text)
