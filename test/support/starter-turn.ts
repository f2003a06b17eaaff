import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Nobody listens there but the test file that has its turn. A port is free again whatever becomes of a process. */
const PORT = 14_990

/** For the hook that waits for its turn: longer than any file has the starter, milliseconds. */
export const STARTER_TURN_MS = 300_000

/**
 * Waits until no other test file serves the starter's frontend: two of Vite's servers would write into one cache, and
 * each would take the other's packages away.
 *
 * @returns a function that ends the turn.
 */
export async function starterTurn(): Promise<() => Promise<void>> {
  for (;;) {
    const server = createServer().listen(PORT, '127.0.0.1')
    const isMine = await once(server, 'listening').then(
      () => true,
      (error) => {
        if (error.code === 'EADDRINUSE') return false
        throw error
      },
    )
    if (isMine) return () => new Promise((resolve) => server.close(() => resolve()))
    await delay(100)
  }
}
