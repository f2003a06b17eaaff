import type { BrowserStorage } from '@logto/browser'
import { SignInError } from './errors.js'
import { sleep } from './sleep.js'

const POLL_MS = 20
const MAX_POLLS = 50

type StorageKey = Parameters<BrowserStorage['getItem']>[0]
type Storage = Pick<BrowserStorage, 'getItem' | 'setItem' | 'removeItem'>

/**
 * Thrown into the work of a tab that has lost the lock: what it fetched is older than what is stored by now. A refresh looks
 * at the newer tokens then; a callback or a sign-out ends with this error.
 */
export const SUPERSEDED = new SignInError('session_ended')

/** The SDK's storage, made fit for several tabs. */
export interface SharedTokens {
  storage: Storage
  /** Waits until what the last holder of the lock has stored can be read here; to be awaited before each section. */
  settled(): Promise<void>
}

/**
 * `localStorage` reaches the processes of other tabs late: measured, 20 ms after one tab had given the lock away, the next
 * still read the refresh token of before, which ends the grant. The cache storage is one for all processes. So whoever stores
 * a refresh token announces its last characters there; whoever gets the lock waits until it has arrived; and whoever has
 * lost the lock while it was frozen sees another one there, and writes nothing.
 *
 * @param name - of the cache.
 * @param onIdToken - hears of every change of the ID token that this page makes.
 */
export function shareTokens(
  storage: Storage,
  name: string,
  onIdToken: (before: string | null, after: string | null) => void,
): SharedTokens {
  let seen: string | undefined

  // Both fail where there is no cache storage (an insecure page) and where it is refused (some private windows): the tabs
  // do without then.
  const announced = async () => {
    try {
      return await (await caches.match('/', { cacheName: name }))?.text()
    } catch {
      return undefined
    }
  }
  const announce = async (mark: string) => {
    try {
      const cache = await caches.open(name)
      await cache.put('/', new Response(mark))
      seen = mark
    } catch {}
  }
  const markOf = (refreshToken: string | null) => `${refreshToken}`.slice(-9)

  const write = async (key: StorageKey, value: string | null) => {
    // Read first: the SDK clears all tokens at once, and one of these writes changes it.
    const expected = seen
    if (key !== 'signInSession' && expected !== (await announced())) throw SUPERSEDED
    const before = await storage.getItem(key)
    await (value === null ? storage.removeItem(key) : storage.setItem(key, value))
    if (key === 'idToken') onIdToken(before, value)
    if (key === 'refreshToken') await announce(markOf(value))
  }

  return {
    storage: Object.assign(Object.create(storage), {
      setItem: write,
      removeItem: (key: StorageKey) => write(key, null),
    }),
    async settled() {
      seen = await announced()
      // A second at most: somebody may have cleared only one of the two.
      for (let polls = 0; seen && polls < MAX_POLLS; polls += 1) {
        if (seen === markOf(await storage.getItem('refreshToken'))) return
        await sleep(POLL_MS)
      }
    },
  }
}

/** An access token as `@logto/client` stores it; `expiresAt` in seconds. */
export interface StoredToken {
  token: string
  scope: string
  expiresAt: number
}
