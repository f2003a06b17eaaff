import type { BrowserStorage } from '@logto/browser'
import { SignInError } from './errors.js'
import { sleep } from './sleep.js'

const POLL_MS = 20
const MAX_POLLS = 50

type StorageKey = Parameters<BrowserStorage['getItem']>[0]
type Storage = Pick<BrowserStorage, 'getItem' | 'setItem' | 'removeItem'>

/**
 * Thrown by writes of a tab that has lost the lock: what it fetched is older than what is stored now. A refresh then reads
 * the newer tokens; a callback or a sign-out ends with this error.
 */
export const SUPERSEDED = new SignInError('session_ended')

/** The SDK's storage, made safe for several tabs. */
export interface SharedTokens {
  storage: Storage
  /** Resolves when what the last holder of the lock stored can be read here. Awaited before each section. */
  untilCurrent(): Promise<void>
}

/**
 * Makes the SDK's storage safe for several tabs.
 *
 * `localStorage` reaches the processes of other tabs late: measured, 20 ms after one tab had released the lock, the next
 * still read the previous refresh token, which ends the grant. The cache storage is one for all processes. So a tab that
 * stores a refresh token writes its last characters there as a mark. A tab that gets the lock waits until the token with
 * that mark has arrived. A tab that lost the lock while it was frozen finds another mark there, and writes nothing.
 *
 * @param name - of the cache.
 * @param onIdToken - called for every change of the ID token that this page makes.
 */
export function shareTokens(
  storage: Storage,
  name: string,
  onIdToken: (before: string | null, after: string | null) => void,
): SharedTokens {
  let lastMark: string | undefined

  // Reading and writing fail where there is no cache storage (an insecure page) and where it is refused (some private
  // windows). The tabs then work without it.
  const readMark = async () => {
    try {
      return await (await caches.match('/', { cacheName: name }))?.text()
    } catch {
      return undefined
    }
  }
  const writeMark = async (mark: string) => {
    try {
      const cache = await caches.open(name)
      await cache.put('/', new Response(mark))
      lastMark = mark
    } catch {}
  }
  const markOf = (refreshToken: string | null) => `${refreshToken}`.slice(-9)

  const write = async (key: StorageKey, value: string | null) => {
    // Read first: the SDK clears all tokens at once, and one of these writes changes it.
    const expected = lastMark
    if (key !== 'signInSession' && expected !== (await readMark())) throw SUPERSEDED
    const before = await storage.getItem(key)
    await (value === null ? storage.removeItem(key) : storage.setItem(key, value))
    if (key === 'idToken') onIdToken(before, value)
    if (key === 'refreshToken') await writeMark(markOf(value))
  }

  return {
    storage: Object.assign(Object.create(storage), {
      setItem: write,
      removeItem: (key: StorageKey) => write(key, null),
    }),
    async untilCurrent() {
      lastMark = await readMark()
      // One second at most: a person may have cleared only one of the two storages.
      for (let polls = 0; lastMark && polls < MAX_POLLS; polls += 1) {
        if (lastMark === markOf(await storage.getItem('refreshToken'))) return
        await sleep(POLL_MS)
      }
    },
  }
}
