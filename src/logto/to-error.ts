/**
 * Returns a thrown value as an Error: Hono, for one, hands only those to its error handler. Any other value becomes the
 * `cause` of one. Never throws, whatever the value is.
 */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown
  ignoreRejection(thrown)
  return new Error('A value that is no Error was thrown', { cause: thrown })
}

/** Whether a value is an Error. A revoked Proxy, or one whose trap throws, is none; `instanceof` would throw. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error
  } catch {
    return false
  }
}

/** Takes note that a thrown promise may reject later: nobody waits for it, and an unhandled rejection ends the process. */
export function ignoreRejection(thrown: unknown): void {
  try {
    if (thrown instanceof Promise) thrown.catch(() => {})
  } catch {
    // A Proxy that answers no question is no promise to wait for.
  }
}
