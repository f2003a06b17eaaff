/**
 * Runs `work` for each item, at most `limit` at a time, without holding more items than that.
 *
 * @throws what the items or `work` throw first, after the work under way has ended.
 */
export async function concurrently<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underway = new Set<Promise<void>>()
  const failures: unknown[] = []
  try {
    for await (const item of items) {
      const task = work(item)
        .catch((error: unknown) => {
          failures.push(error)
        })
        .finally(() => underway.delete(task))
      underway.add(task)
      if (underway.size >= limit) await Promise.race(underway)
      if (failures.length > 0) break
    }
  } finally {
    await Promise.all(underway)
  }
  if (failures.length > 0) throw failures[0]
}

/**
 * What `work` makes of each item, in order, with up to `count` of them under way.
 *
 * @throws what the items or `work` throw, at the item's turn, after the work under way has ended.
 */
export async function* mapAhead<T, Result>(
  items: AsyncIterable<T>,
  count: number,
  work: (item: T) => Promise<Result>,
): AsyncGenerator<Result> {
  const underway: Promise<Result>[] = []
  try {
    for await (const item of items) {
      const result = work(item)
      // A failure is reported at its turn, which is later.
      result.catch(() => {})
      underway.push(result)
      if (underway.length < count) continue
      const first = underway.shift()
      if (first) yield await first
    }
    for (const result of underway) yield await result
  } finally {
    await Promise.allSettled(underway)
  }
}

/** The items in arrays of `size`; the last one may be shorter. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** The items of all the arrays. */
export async function* flat<T>(arrays: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const array of arrays) yield* array
}
