import { ManagementError } from './management-error.js'

/** A row. Its id tells whether a page before had it. */
export interface Row {
  id: string
}

/** One page of a list. */
export interface Page<T extends Row> {
  rows: T[]
  /** Rows of the whole list; undefined when Logto did not count to the end. */
  total: number | undefined
}

/** How a list is read. */
export interface PagesOptions {
  /** Rows per request, 1 to 100. */
  pageSize: number
  /** Requests under way at once. */
  concurrency: number
  signal?: AbortSignal | undefined
}

type FetchPage<T extends Row> = (page: number, pageSize: number, signal: AbortSignal) => Promise<Page<T>>

/**
 * Reads a list page by page, in order, some pages ahead. Holds `concurrency` pages, however long the list is. A page that is
 * too large is read in parts: one person with megabytes of custom data must not hide the others.
 *
 * Logto's lists are offsets into a moving table: an insert repeats rows, a deletion skips some. Rows of the two pages
 * before are not handed on again; when the count has dropped since the page before, both pages are read again, so that
 * what slid over their border is found.
 *
 * @throws what `fetchPage` throws; `signal`'s reason when it aborted.
 */
export async function* readPages<T extends Row>(
  fetchPage: FetchPage<T>,
  { pageSize, concurrency, signal }: PagesOptions,
): AsyncGenerator<T> {
  signal?.throwIfAborted()
  const controller = new AbortController()
  const abort = () => controller.abort(signal?.reason)
  signal?.addEventListener('abort', abort)
  const fetchWhole = (number: number) => fetchPage(number, pageSize, controller.signal)
  const ahead = new Map<number, Promise<Page<T>>>()
  let lastPage = 1
  let previousTotal: number | undefined
  let seen: Set<string>[] = []

  const unseen = ({ rows }: Page<T>): T[] => {
    const fresh = rows.filter(({ id }) => !seen.some((ids) => ids.has(id)))
    for (const { id } of rows) seen.at(-1)?.add(id)
    return fresh
  }
  const readAgain = async function* (number: number) {
    yield* inParts(fetchWhole(number), number, pageSize, fetchPage, controller.signal)
  }
  const read = async function* (number: number, first: Promise<Page<T>>) {
    let isFirst = true
    for await (const part of inParts(first, number, pageSize, fetchPage, controller.signal)) {
      if (isFirst && hasDropped(previousTotal, part.total)) {
        yield* readAgain(number - 1)
        yield* readAgain(number)
        return
      }
      isFirst = false
      yield part
    }
  }

  try {
    for (let number = 1; number <= lastPage; number++) {
      for (let next = number; next <= lastPage && next < number + concurrency; next++) {
        if (!ahead.has(next)) ahead.set(next, started(fetchWhole(next)))
      }
      const first = ahead.get(number) ?? fetchWhole(number)
      ahead.delete(number)
      seen = [...seen.slice(-2), new Set()]
      let count = 0
      let total: number | undefined
      for await (const part of read(number, first)) {
        yield* unseen(part)
        count += part.rows.length
        total = part.total
      }
      lastPage =
        total !== undefined ? Math.ceil(total / pageSize) : count < pageSize ? number : number + concurrency
      signal?.throwIfAborted()
      previousTotal = total
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    controller.abort(new Error('The list is no longer read'))
  }
}

/** Hands on a page, or where its answer is too large the parts of it, one after another. A single row is not divided. */
async function* inParts<T extends Row>(
  page: Promise<Page<T>>,
  number: number,
  pageSize: number,
  fetchPage: FetchPage<T>,
  signal: AbortSignal,
): AsyncGenerator<Page<T>> {
  let whole: Page<T>
  try {
    whole = await page
  } catch (error) {
    const isTooLarge = error instanceof ManagementError && error.code === 'response_too_large'
    if (!isTooLarge || pageSize === 1) throw error
    const parts = smallestDivisorOf(pageSize)
    const size = pageSize / parts
    for (let part = (number - 1) * parts + 1; part <= number * parts; part++) {
      yield* inParts(fetchPage(part, size, signal), part, size, fetchPage, signal)
    }
    return
  }
  yield whole
}

// Of a page of 100 rows: 2, then 2, 5 and 5. Parts whose size divides the page's begin and end where it does.
function smallestDivisorOf(size: number): number {
  let divisor = 2
  while (size % divisor !== 0) divisor++
  return divisor
}

function hasDropped(previous: number | undefined, total: number | undefined): boolean {
  return previous !== undefined && total !== undefined && total < previous
}

// A page read ahead may fail before its turn; the failure is reported when its turn comes.
function started<T>(page: Promise<T>): Promise<T> {
  page.catch(() => {})
  return page
}
