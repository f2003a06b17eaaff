import { z } from 'zod/v3'
import { WEBHOOK_EVENTS } from '../../logto/index.js'
import { longId, secretValue } from '../state/identifiers.js'
import type { HookRecord } from '../state/records.js'
import { type LogtoState, TENANT_ID } from '../state/state.js'
import { ManagementRefusal, notFound } from './errors.js'
import { paged, pagedOnDemand } from './pagination.js'
import { created, noContent, ok, param, parseBody, type Route, type RouteContext } from './router.js'
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
  {
    method: 'GET',
    path: '/hooks',
    handle: (context) => {
      const withStats = context.query.get('includeExecutionStats') === 'true'
      return pagedOnDemand(context, [...context.state.hooks.values()], (hook) =>
        withStats ? hookWithStats(context.state, hook) : hook,
      )
    },
  },
  {
    method: 'POST',
    path: '/hooks',
    handle: (context) => {
      const body = parseBody(context, newHook)
      const hook: HookRecord = {
        tenantId: TENANT_ID,
        id: longId(),
        name: body.name,
        event: null,
        events: body.events,
        config: body.config,
        signingKey: secretValue(),
        enabled: body.enabled ?? true,
        createdAt: context.state.now(),
      }
      context.state.hooks.set(hook.id, hook)
      return created(hook)
    },
  },
  {
    method: 'GET',
    path: '/hooks/:id',
    handle: (context) => {
      const hook = hookOf(context)
      const withStats = context.query.get('includeExecutionStats') === 'true'
      return ok(withStats ? hookWithStats(context.state, hook) : hook)
    },
  },
  {
    method: 'PATCH',
    path: '/hooks/:id',
    handle: (context) => {
      const change = parseBody(context, newHook.partial())
      return ok(Object.assign(hookOf(context), change))
    },
  },
  {
    method: 'DELETE',
    path: '/hooks/:id',
    handle: (context) => {
      context.state.hooks.delete(hookOf(context).id)
      return noContent()
    },
  },
  {
    method: 'PATCH',
    path: '/hooks/:id/signing-key',
    handle: (context) => ok(Object.assign(hookOf(context), { signingKey: secretValue() })),
  },
  {
    method: 'POST',
    path: '/hooks/:id/test',
    handle: async (context) => {
      const body = parseBody(context, z.object({ events: event.array().min(1), config }))
      const { id, signingKey } = hookOf(context)
      const results = await Promise.all(
        body.events.map((name) =>
          context.state.deliveries.send(
            { config: body.config, signingKey },
            testPayload(name, id, context.state.now()),
          ),
        ),
      )
      const failed = results.find((result) => result.error !== undefined)
      if (failed) throw testFailure(failed)
      return noContent()
    },
  },
  {
    method: 'GET',
    path: '/hooks/:id/recent-logs',
    handle: (context) => {
      const { id } = hookOf(context)
      const { query, state } = context
      const oldest = state.now() - DELIVERY_LOG_MS
      const from = Math.max(oldest, numberOr(query.get('start_time'), oldest))
      const until = numberOr(query.get('end_time'), Number.POSITIVE_INFINITY)
      const key = query.get('logKey')
      const rows = state.deliveries.log.filter(
        (row) =>
          row.payload.hookId === id &&
          row.createdAt >= from &&
          row.createdAt <= until &&
          (key === null || row.key === key),
      )
      return paged(context, rows.reverse())
    },
  },
]

function hookOf(context: RouteContext): HookRecord {
  const hook = context.state.hooks.get(param(context, 'id'))
  if (!hook) throw notFound()
  return hook
}

/** recordings/setup/hook-execution-stats.json */
function hookWithStats(state: LogtoState, hook: HookRecord) {
  const since = state.now() - DELIVERY_LOG_MS
  const rows = state.deliveries.log.filter((row) => row.payload.hookId === hook.id && row.createdAt >= since)
  const successCount = rows.filter((row) => row.payload.result === 'Success').length
  return { ...hook, executionStats: { successCount, requestCount: rows.length } }
}

/** recordings/setup/12b-hook-test-endpoint-500.json */
function testFailure(result: {
  response?: { statusCode: number; body: unknown }
  error?: string
}): ManagementRefusal {
  const { response } = result
  if (!response) {
    return new ManagementRefusal(422, 'hook.send_test_payload_failed', 'Failed to send test payload.', {
      message: result.error,
    })
  }
  const responseBody = typeof response.body === 'string' ? response.body : JSON.stringify(response.body)
  const data = { responseStatus: response.statusCode, responseBody }
  return new ManagementRefusal(
    422,
    'hook.endpoint_responded_with_error',
    'Endpoint responded with error.',
    data,
  )
}

const numberOr = (text: string | null, fallback: number): number =>
  text === null || Number.isNaN(Number(text)) ? fallback : Number(text)
