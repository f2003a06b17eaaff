import { setTimeout as delay } from 'node:timers/promises'
import { SyncError } from '../errors.js'

const ATTEMPTS = 20

/**
 * Tries until `attempt` returns something: undefined says that another writer changed the record since it was read.
 *
 * @throws SyncError `record_contended`; what `attempt` throws.
 */
export async function untilUncontended<T>(
  logtoId: string,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  for (let count = 1; count <= ATTEMPTS; count++) {
    const result = await attempt()
    if (result !== undefined) return result
    // Jitter: writers that met once must not meet at every attempt.
    await delay(Math.random() * Math.min(5 * count, 50))
  }
  throw new SyncError(
    'record_contended',
    `The record of Logto user ${logtoId} changed at ${ATTEMPTS} attempts.`,
  )
}
