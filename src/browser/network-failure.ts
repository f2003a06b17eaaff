import { NetworkError } from './errors.js'

const PROBE_TIMEOUT_MS = 2_000

/**
 * Runs a request, whose missing answer becomes a NetworkError with the reason; an abort stays what it is.
 *
 * A browser says the same of a server that is down and of one whose answer this page may not read, so the server is asked
 * once more in a way that always may be (`no-cors`), which sends no credentials to another origin.
 *
 * @param probeUrl - of the same server; never a URL that changes anything.
 */
export async function explainMissingAnswer<T>(
  side: 'api' | 'logto',
  probeUrl: string,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    if (globalThis.navigator?.onLine === false) throw new NetworkError('offline', error)
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
    const isUp = await fetch(probeUrl, { mode: 'no-cors', signal }).catch(() => false)
    throw new NetworkError(`${side}_${isUp ? 'blocked' : 'unreachable'}`, error)
  }
}
