import { setTimeout as delay } from 'node:timers/promises'
import { SyncError } from '../errors.js'
import { hasErrorCode, isTransactionRetryExhaustedError } from '../interaqt-peer.js'

/** Attempts at a transaction that the database gave up, and the longest wait before the second of them. */
const ATTEMPTS = 5
const FIRST_WAIT_MS = 40

/**
 * The database gave up, in a way that another try can mend (docs/facts.md, "Interaqt 4.10"; PostgreSQL, appendix A).
 */
const PASSING_CODES = [
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
 * Tries until the database is able to, a few times, waiting for 0.6 s in all at most.
 *
 * @throws SyncError `database_unavailable` when it was not; `write_refused`, at once, for what another try cannot mend.
 */
export async function withRetries<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!isPassing(error)) {
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

function isPassing(error: unknown): boolean {
  return (
    isTransactionRetryExhaustedError(error) ||
    [...PASSING_CODES, ...LOST_CONNECTION_CODES].some((code) => hasErrorCode(error, code)) ||
    LOST_CONNECTION.test(messageOf(error))
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
