import { invalidPagination } from './errors.js'
import { ok, type RouteContext, type RouteResult } from './router.js'

const DEFAULT_PAGE_SIZE = 20
const MAX_PAGE_SIZE = 100
const CAPPED_TOTAL = 10_001

/** Answers a page of rows with Logto's paging headers (recordings/pagination/page2-size3.json). */
export function paged<Row>(
  context: RouteContext,
  rows: readonly Row[],
  show: (row: Row) => unknown = (row) => row,
): RouteResult {
  return pagedBy(context, rows.length, (from, until) => rows.slice(from, until).map(show))
}

/**
 * Answers like {@link paged}, with rows that depend on where the page begins and ends.
 *
 * @param total - the number of all rows.
 * @param rowsOf - returns the rows from an index until before another one, as the answer shows them.
 */
export function pagedBy(
  context: RouteContext,
  total: number,
  rowsOf: (from: number, until: number) => unknown[],
): RouteResult {
  const page = wholeNumber(context.query.get('page'), 1)
  const size = wholeNumber(context.query.get('page_size'), DEFAULT_PAGE_SIZE)
  if (size > MAX_PAGE_SIZE) throw invalidPagination()
  return ok(rowsOf((page - 1) * size, page * size), {
    'total-number': String(total),
    link: linkHeader(context, page, size, total),
  })
}

/**
 * Answers a page of a log. With `enableCap=true` no more than 10,001 rows are counted, and a header says so; no other
 * list knows this parameter (recordings/released/logs.json).
 */
export function pagedLog(context: RouteContext, rows: readonly unknown[]): RouteResult {
  const isCapped = context.query.get('enableCap') === 'true' && rows.length >= CAPPED_TOTAL
  if (!isCapped) return paged(context, rows)
  const answer = pagedBy(context, CAPPED_TOTAL, (from, until) => rows.slice(from, until))
  return { ...answer, headers: { ...answer.headers, 'total-number-is-capped': 'true' } }
}

/** Answers like {@link paged}, or all rows without headers when the query asks for no page (recordings/setup/06f-list-resources.json). */
export function pagedOnDemand<Row>(
  context: RouteContext,
  rows: readonly Row[],
  show: (row: Row) => unknown = (row) => row,
): RouteResult {
  const isPaged = context.query.has('page') || context.query.has('page_size')
  return isPaged ? paged(context, rows, show) : ok(rows.map(show))
}

function wholeNumber(text: string | null, fallback: number): number {
  if (text === null) return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw invalidPagination()
  return value
}

// Logto's links lack the /api prefix, so they lead nowhere. A client that follows them must fail here too.
function linkHeader({ url, query }: RouteContext, page: number, size: number, total: number): string {
  const last = Math.max(1, Math.ceil(total / size))
  const link = (target: number, rel: string): string => {
    const parts = new URLSearchParams()
    for (const key of new Set(query.keys())) parts.set(key, query.getAll(key).join(','))
    parts.set('page', String(target))
    return `<${url.origin}${url.pathname.replace(/^\/api/, '')}?${parts}>; rel="${rel}"`
  }
  return [
    link(1, 'first'),
    ...(page > 1 ? [link(page - 1, 'prev')] : []),
    link(last, 'last'),
    ...(page < last ? [link(page + 1, 'next')] : []),
  ].join(', ')
}
