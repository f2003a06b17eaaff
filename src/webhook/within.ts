/** What becomes of a promise, or `late()` when nothing has become of it after so many milliseconds. */
export function within<T, L>(
  timeoutMs: number,
  promise: Promise<T>,
  late: () => L | Promise<L>,
): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), timeoutMs)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
