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
