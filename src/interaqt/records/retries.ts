import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, SyncError } from '../errors.js'
import { hasErrorCode, isTransactionRetryExhaustedError } from '../interaqt-peer.js'

/** Attempts at a transaction that the database gave up, and the longest wait before the second of them. */
const ATTEMPTS = 5
const FIRST_WAIT_MS = 40
/** Attempts at a record that other writers change. */
const CONTENDED_ATTEMPTS = 20

/** Failures of the database after which another try can succeed (docs/facts.md, "Interaqt 4.10"; PostgreSQL, appendix A). */
const TRANSIENT_CODES = [
  '40001',
  '40P01',
  '25P02',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
  '08003',
  '08001',
]
const LOST_CONNECTION_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']
// node-postgres reports a connection that ends under a query without a code.
const LOST_CONNECTION = /^(Connection terminated|Client has encountered a connection error|timeout exceeded)/i

/**
 * Repeats what fails for a transient reason, for at most 0.6 s in all.
 *
 * @throws SyncError `database_unavailable` after the last attempt; `write_refused`, at once, for any other reason.
 */
export async function withRetries<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!isTransient(error)) {
        throw new SyncError('write_refused', `Interaqt refused: ${messageOf(error)}`, { cause: error })
      }
      if (attempt === ATTEMPTS) {
        const message = `The database failed ${ATTEMPTS} times, at last with: ${messageOf(error)}`
        throw new SyncError('database_unavailable', message, { cause: error })
      }
      // Jitter: transactions that collided once must not collide again.
      await delay(Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1))
    }
  }
}

/**
 * Repeats `attempt` until it returns something. Undefined means that another writer changed the record since it was
 * read.
 *
 * @throws SyncError `record_contended`; what `attempt` throws.
 */
export async function untilUncontended<T>(
  logtoId: string,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  for (let count = 1; count <= CONTENDED_ATTEMPTS; count++) {
    const result = await attempt()
    if (result !== undefined) return result
    // Jitter: writers that met once must not meet at every attempt.
    await delay(Math.random() * Math.min(5 * count, 50))
  }
  const message = `The record of Logto user ${logtoId} changed at ${CONTENDED_ATTEMPTS} attempts.`
  throw new SyncError('record_contended', message)
}

function isTransient(error: unknown): boolean {
  return (
    isTransactionRetryExhaustedError(error) ||
    [...TRANSIENT_CODES, ...LOST_CONNECTION_CODES].some((code) => hasErrorCode(error, code)) ||
    LOST_CONNECTION.test(messageOf(error))
  )
}
