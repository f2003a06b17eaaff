/** A pause that ends early, with the signal's reason, when the signal aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return untilAborted(new Promise((resolve) => setTimeout(resolve, ms)), signal)
}

/** Waits for shared work, but no longer than the caller's own signal allows; the work itself goes on. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  signal.throwIfAborted()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Pause before retry `attempt` (from 0): 200 ms doubled each time, half of it random, so that retries do not march in step. */
export function backoffMs(attempt: number): number {
  const full = 200 * 2 ** attempt
  return full / 2 + (Math.random() * full) / 2
}
