import { checkOptions } from '../logto/check-options.js'
import type { LogtoUser } from '../logto/index.js'
import { isObject } from '../logto/is-object.js'
import { shown } from '../logto/option-problems.js'
import {
  ANYTHING,
  FUNCTION,
  from,
  integer,
  type OptionRules,
  required,
  SIGNAL,
  STRING,
} from '../logto/option-rules.js'
import { pathSegmentOf } from './logto-url.js'
import { isUser, type ManagementApi } from './management-api.js'
import { unexpected } from './management-error.js'
import { type Page, type PagesOptions, type Row, readPages } from './pages.js'

/** How `users()` reads. */
export interface UsersOptions {
  /** Users per request, 1 to 100, which is Logto's maximum and the default. */
  pageSize?: number
  /** Requests under way at once. Default 4. */
  concurrency?: number
  signal?: AbortSignal
  /** Called after each request, also for a page that is read again. `total` counts all users, where Logto counted to the end. */
  onPage?: (page: { total: number | undefined }) => void
}

export const USERS_RULES = {
  // Out of their range they are RangeErrors.
  pageSize: ANYTHING,
  concurrency: ANYTHING,
  signal: SIGNAL,
  onPage: FUNCTION,
} satisfies OptionRules<UsersOptions>

/** Which deliveries `recentDeliveries()` reads. */
export interface DeliveriesOptions {
  /** Milliseconds since the epoch; without it and `endTime` Logto returns the last 24 hours. */
  startTime?: number
  /** Milliseconds since the epoch. */
  endTime?: number
  signal?: AbortSignal
}

export const DELIVERIES_RULES = {
  startTime: integer(0),
  endTime: integer(0),
  signal: SIGNAL,
} satisfies OptionRules<DeliveriesOptions>

const HOOK_RULES = { hookId: required(from('LOGTO_WEBHOOK_ID', STRING)) }

/**
 * One delivery in the delivery log of a hook (recordings/webhook-listener-offline-log.json). It holds the whole event,
 * whether it failed or not (recordings/released/hook-recent-logs.json).
 */
export interface HookDelivery {
  id: string
  /** `TriggerHook.<event>`. */
  key: string
  /** Milliseconds since the epoch. */
  createdAt: number
  payload: {
    result: 'Success' | 'Error'
    hookId: string
    error?: string
    hookRequest?: { body?: Record<string, unknown> }
    [field: string]: unknown
  }
  [field: string]: unknown
}

/** Logto refuses more. */
const MAX_PAGE_SIZE = 100
/** The count that Logto makes for every page is what costs time; requests side by side hide it. */
const USERS_CONCURRENCY = 4
/** Waiting for one page after another took a third of a replay. */
const DELIVERIES_CONCURRENCY = 2

/** Reads all users of the tenant, newest first (`GET /api/users`). */
export function readUsers(api: ManagementApi, options: UsersOptions): AsyncGenerator<LogtoUser> {
  checkOptions('users', options, USERS_RULES)
  const { pageSize = MAX_PAGE_SIZE, concurrency = USERS_CONCURRENCY, signal, onPage } = options
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
    throw new RangeError(`pageSize must be an integer from 1 to ${MAX_PAGE_SIZE}, got ${shown(pageSize)}`)
  }
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency must be a positive integer, got ${shown(concurrency)}`)
  }
  return readList(api, '/users', {}, isUser, { pageSize, concurrency, signal }, onPage)
}

/** Reads the delivery log of a hook, newest first (`GET /api/hooks/:id/recent-logs`). */
export function readDeliveries(
  api: ManagementApi,
  hookId: string,
  options: DeliveriesOptions,
): AsyncGenerator<HookDelivery> {
  checkOptions('recentDeliveries', { hookId }, HOOK_RULES)
  checkOptions('recentDeliveries', options, DELIVERIES_RULES)
  const { startTime, endTime, signal } = options
  const query = {
    ...(startTime !== undefined && { start_time: String(startTime) }),
    ...(endTime !== undefined && { end_time: String(endTime) }),
  }
  const segment = pathSegmentOf(hookId)
  if (segment === undefined) {
    throw new TypeError(`recentDeliveries: hookId must be the id of a webhook, got ${shown(hookId)}`)
  }
  const path = `/hooks/${segment}/recent-logs`
  const pages = { pageSize: MAX_PAGE_SIZE, concurrency: DELIVERIES_CONCURRENCY, signal }
  return readList(api, path, query, isHookDelivery, pages)
}

function readList<T extends Row>(
  api: ManagementApi,
  path: string,
  query: Record<string, string>,
  isRow: (value: unknown) => value is T,
  options: PagesOptions,
  onPage?: UsersOptions['onPage'],
): AsyncGenerator<T> {
  // Pages are counted here: the URLs in Logto's Link header lack /api and lead to a web page.
  const fetchPage = async (page: number, pageSize: number, signal: AbortSignal): Promise<Page<T>> => {
    const search = new URLSearchParams({ ...query, page: String(page), page_size: String(pageSize) })
    const { status, headers, body } = await api.get(`${path}?${search}`, signal)
    if (!Array.isArray(body) || !body.every(isRow)) throw unexpected(path, status)
    const total = totalOf(headers)
    onPage?.({ total })
    return { rows: body, total }
  }
  return readPages(fetchPage, options)
}

// Logto counts users to the end, and logs too unless the request has `enableCap=true` (docs/facts.md, "Management API").
// Where it says that it stopped, the number is a lower bound.
function totalOf(headers: Headers): number | undefined {
  const capped = headers.get('total-number-is-capped')
  const total = headers.get('total-number')
  return total && /^\d+$/.test(total) && (!capped || capped === 'false') ? Number(total) : undefined
}

function isHookDelivery(value: unknown): value is HookDelivery {
  return isObject(value) && typeof value.id === 'string' && isObject(value.payload)
}
