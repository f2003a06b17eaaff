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

type FetchPage<T extends Row> = (page: number, signal: AbortSignal) => Promise<Page<T>>

/**
 * Reads a list page by page, in order, some pages ahead. Holds `concurrency` pages, however long the list is.
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
  const ahead = new Map<number, Promise<Page<T>>>()
  let lastPage = 1
  let previous: Page<T> = { rows: [], total: undefined }
  let seen: ReadonlySet<string>[] = []

  const unseen = ({ rows }: Page<T>): T[] => {
    const fresh = rows.filter(({ id }) => !seen.some((ids) => ids.has(id)))
    seen = [...seen.slice(-1), new Set(rows.map(({ id }) => id))]
    return fresh
  }

  try {
    for (let number = 1; number <= lastPage; number++) {
      for (let next = number; next <= lastPage && next < number + concurrency; next++) {
        if (!ahead.has(next)) ahead.set(next, started(fetchPage(next, controller.signal)))
      }
      let page = await (ahead.get(number) ?? fetchPage(number, controller.signal))
      ahead.delete(number)
      if (hasDropped(previous, page)) {
        yield* unseen(await fetchPage(number - 1, controller.signal))
        page = await fetchPage(number, controller.signal)
      }
      lastPage =
        page.total !== undefined
          ? Math.ceil(page.total / pageSize)
          : page.rows.length < pageSize
            ? number
            : number + concurrency
      yield* unseen(page)
      signal?.throwIfAborted()
      previous = page
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    controller.abort(new Error('The list is no longer read'))
  }
}

function hasDropped(previous: Page<Row>, page: Page<Row>): boolean {
  return previous.total !== undefined && page.total !== undefined && page.total < previous.total
}

// A page read ahead may fail before its turn; the failure is reported when its turn comes.
function started<T>(page: Promise<T>): Promise<T> {
  page.catch(() => {})
  return page
}
