import { NetworkError } from './errors.js'
import { hint } from './hint.js'

const PROBE_TIMEOUT_MS = 2_000

/**
 * Runs a request. When no answer comes, it throws a NetworkError with the reason. An abort stays what it is.
 *
 * A browser reports the same error for a server that is down and for one whose answer this page may not read. So the
 * server is asked once more in a way that is always allowed (`no-cors`), which sends no credentials to another origin.
 *
 * @param probeUrl - of the same server; never a URL that changes anything.
 */
export async function withNetworkErrors<T>(
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
    if (!isUp) throw new NetworkError(`${side}_unreachable`, error)
    throw new NetworkError(`${side}_blocked`, error, blockedHint(side, new URL(probeUrl).origin))
  }
}

function blockedHint(side: 'api' | 'logto', origin: string): string {
  const page = globalThis.location?.origin
  const remedy = side === 'api' ? `set \`cors: { origin: '${page}' }\` in startServer` : 'add it in Logto'
  return hint(`${origin} redirects, or does not let ${page} read its answers: ${remedy}`)
}
