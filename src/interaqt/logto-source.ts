import type { LogtoUser } from '../logto/index.js'
import { SyncError } from './errors.js'

/** One delivery in a hook's delivery log, as far as the replay reads it. `Client.recentDeliveries` gives more. */
export interface LoggedDelivery {
  id: string
  /** Milliseconds since the epoch, by Logto's clock. */
  createdAt: number
  payload: { result: string; hookRequest?: { body?: unknown } }
}

/**
 * What the sync asks of Logto: the `Client` of the server entry, or anything that answers alike.
 */
export interface LogtoSource {
  /** The user as Logto has it now; undefined when there is none. */
  getUser(logtoUserId: string, options?: { signal?: AbortSignal }): Promise<LogtoUser | undefined>
  /** All users, in any order. `onPage` is told about each page that was fetched. */
  users(options?: {
    pageSize?: number
    signal?: AbortSignal
    onPage?: (page: { total?: number | undefined }) => void
  }): AsyncIterable<LogtoUser>
  /** The delivery log of a hook, newest first. Times are milliseconds since the epoch. */
  recentDeliveries(
    hookId: string,
    options?: { startTime?: number; endTime?: number; signal?: AbortSignal },
  ): AsyncIterable<LoggedDelivery>
}

/**
 * A failure of Logto's, as the sync reports it.
 *
 * @returns SyncError `logto_unavailable`, with the `retryAfter` (seconds) that Logto asked for.
 */
export function logtoUnavailable(cause: unknown): SyncError {
  const retryAfter =
    cause instanceof Error && 'retryAfter' in cause && typeof cause.retryAfter === 'number'
      ? { retryAfter: cause.retryAfter }
      : {}
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new SyncError('logto_unavailable', `Logto could not be asked: ${reason}`, { cause, ...retryAfter })
}

/**
 * A list of Logto's, as it comes.
 *
 * @throws SyncError `logto_unavailable`; `signal`'s reason when it aborted.
 */
export async function* listed<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { done, value } = await iterator.next().catch((cause: unknown) => {
        signal?.throwIfAborted()
        throw logtoUnavailable(cause)
      })
      if (done) return
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}
