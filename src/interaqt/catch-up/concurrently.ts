/**
 * Runs `work` for each item, at most `limit` at a time, without holding more items than that.
 *
 * @throws the first error of the items or of `work`, after the running work has ended.
 */
export async function concurrently<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // All workers take from one iterator. The first that fails closes it.
  const shared = (async function* () {
    yield* items
  })()
  const failures: unknown[] = []
  const worker = async () => {
    try {
      for await (const item of shared) {
        if (failures.length > 0) return
        await work(item)
      }
    } catch (error) {
      failures.push(error)
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failures.length > 0) throw failures[0]
}

/** Hands on the items in arrays of `size`; the last one may be shorter. */
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
