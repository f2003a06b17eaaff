import { invalidPagination } from './errors.js'
import { ok, type RouteContext, type RouteResult } from './router.js'

const DEFAULT_PAGE_SIZE = 20
const MAX_PAGE_SIZE = 100

/** Answers a page of rows with Logto's paging headers (recordings/pagination/page2-size3.json). */
export function paged<Row>(
  context: RouteContext,
  rows: readonly Row[],
  show: (row: Row) => unknown = (row) => row,
): RouteResult {
  const page = wholeNumber(context.query.get('page'), 1)
  const size = wholeNumber(context.query.get('page_size'), DEFAULT_PAGE_SIZE)
  if (size > MAX_PAGE_SIZE) throw invalidPagination()
  const body = rows.slice((page - 1) * size, page * size).map(show)
  return ok(body, { 'total-number': String(rows.length), link: linkHeader(context, page, size, rows.length) })
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
