import type { BrowserStorage } from '@logto/browser'

type StorageKey = Parameters<BrowserStorage['getItem']>[0]
type Storage = Pick<BrowserStorage, 'getItem' | 'setItem' | 'removeItem'>

/** Thrown into a refresh whose tab has lost the lock: what it fetched is older than what is stored by now. */
export const SUPERSEDED = new Error('superseded')

/**
 * The SDK's storage, with two additions: tokens are written only while `mayWrite()`, so that a tab that wakes up cannot
 * bring back old tokens; and `onIdToken` hears of every change of the ID token that this page makes.
 */
export function guardTokens(
  storage: Storage,
  mayWrite: () => Promise<boolean>,
  onIdToken: (before: string | null, after: string | null) => void,
): Storage {
  const write = async (key: StorageKey, value: string | null) => {
    if (key !== 'signInSession' && !(await mayWrite())) throw SUPERSEDED
    const before = await storage.getItem(key)
    await (value === null ? storage.removeItem(key) : storage.setItem(key, value))
    if (key === 'idToken') onIdToken(before, value)
  }
  return Object.assign(Object.create(storage), {
    setItem: write,
    removeItem: (key: StorageKey) => write(key, null),
  })
}

/** An access token as `@logto/client` stores it; `expiresAt` in seconds. */
export interface StoredToken {
  token: string
  scope: string
  expiresAt: number
}

/** The stored access tokens by resource and organization; none where the stored text is not the SDK's. */
export function parseTokens(json: string | null): Record<string, StoredToken> {
  try {
    return JSON.parse(json || '{}')
  } catch {
    return {}
  }
}
