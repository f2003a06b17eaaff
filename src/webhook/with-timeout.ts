/** Settles as the promise does, or as `onTimeout` does when that takes longer. */
export function withTimeout<T>(
  timeoutMs: number,
  promise: Promise<T>,
  onTimeout: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(onTimeout()), timeoutMs)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
