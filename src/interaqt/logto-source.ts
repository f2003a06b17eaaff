import type { LogtoUser } from '../logto/index.js'
import { messageOf, SyncError } from './errors.js'

/** One delivery in a hook's delivery log, as far as the replay reads it. `Client.recentDeliveries` returns more. */
export interface LoggedDelivery {
  id: string
  /** Milliseconds since the epoch, by Logto's clock. */
  createdAt: number
  payload: { result: string; hookRequest?: { body?: unknown } }
}

/** The requests of the sync to Logto. The `Client` of the server entry has them; an object of your own may too. */
export interface LogtoSource {
  /** Resolves with the user as Logto has it now; undefined when there is none. */
  getUser(logtoUserId: string, options?: { signal?: AbortSignal }): Promise<LogtoUser | undefined>
  /** Reads all users, in any order. `onPage` is called after each page, with the number of all users where it is known. */
  users(options?: {
    pageSize?: number
    signal?: AbortSignal
    onPage?: (page: { total?: number | undefined }) => void
  }): AsyncIterable<LogtoUser>
  /** Reads the delivery log of a hook, newest first. `startTime` is in milliseconds since the epoch. */
  recentDeliveries(
    hookId: string,
    options?: { startTime?: number; signal?: AbortSignal },
  ): AsyncIterable<LoggedDelivery>
  /** Resolves when Logto accepts the credentials now. Without it `checkLogto` of the sync finds nothing. */
  checkManagementAccess?(): Promise<void>
}

/**
 * Asks Logto for a user.
 *
 * @throws SyncError `logto_unavailable`; `signal`'s reason when it aborted.
 */
export async function fetchUser(
  { logto, signal }: { logto: LogtoSource; signal?: AbortSignal | undefined },
  logtoId: string,
): Promise<LogtoUser | undefined> {
  try {
    const user = await logto.getUser(logtoId, signal ? { signal } : {})
    return user?.id === logtoId ? user : undefined
  } catch (cause) {
    signal?.throwIfAborted()
    throw logtoUnavailable(cause)
  }
}

/**
 * Hands on the items of one of Logto's lists.
 *
 * @throws SyncError `logto_unavailable`; `signal`'s reason when it aborted.
 */
export async function* listed<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  try {
    signal?.throwIfAborted()
    for await (const item of items) {
      yield item
      signal?.throwIfAborted()
    }
  } catch (cause) {
    signal?.throwIfAborted()
    throw logtoUnavailable(cause)
  }
}

/** @returns SyncError `logto_unavailable`, with the `retryAfter` (seconds) that Logto asked for. */
function logtoUnavailable(cause: unknown): SyncError {
  const retryAfter =
    cause instanceof Error && 'retryAfter' in cause && typeof cause.retryAfter === 'number'
      ? { retryAfter: cause.retryAfter }
      : {}
  const message = `Logto could not be asked: ${messageOf(cause)}`
  return new SyncError('logto_unavailable', message, { cause, ...retryAfter })
}
