import type { BrowserStorage } from '@logto/browser'
import { readClaims } from './claims.js'

type Storage = Pick<BrowserStorage, 'getItem' | 'setItem' | 'removeItem'>

/** Thrown into a refresh whose tab has lost the lock: what it fetched is older than what is stored by now. */
export class Superseded extends Error {}

/**
 * The SDK's storage, with two additions: tokens are written only while `mayWrite()`, so that a tab that wakes up cannot
 * bring back old tokens; and `onIdToken` hears of every change of the ID token that this page makes.
 */
export function guardTokens(
  storage: Storage,
  mayWrite: () => Promise<boolean>,
  onIdToken: (before: string | null, after: string | null) => void,
): Storage {
  const write = async (key: Parameters<Storage['getItem']>[0], value: string | null) => {
    if (key !== 'signInSession' && !(await mayWrite())) throw new Superseded()
    const before = await storage.getItem(key)
    await (value === null ? storage.removeItem(key) : storage.setItem(key, value))
    if (key === 'idToken') onIdToken(before, value)
  }
  return {
    getItem: (key) => storage.getItem(key),
    setItem: write,
    removeItem: (key) => write(key, null),
  }
}

/** An access token as `@logto/client` stores it; `expiresAt` in seconds. */
export interface StoredToken {
  token: string
  scope: string
  expiresAt: number
}

/** The stored access tokens by `tokenKey`; none where the stored text is not the SDK's. */
export function parseTokens(json: string | null): Record<string, StoredToken> {
  try {
    return JSON.parse(json || '{}')
  } catch {
    return {}
  }
}

/** Key of a stored token, as `buildAccessTokenKey` of `@logto/client` 3.1 makes it. */
export function tokenKey(resource = '', organizationId?: string): string {
  return `@${resource}${organizationId ? `#${organizationId}` : ''}`
}

/**
 * Whether a token can still be sent. Its last `leeway` seconds do not count, so that it does not expire on its way; of a
 * token that lives shorter than twice that, the second half.
 */
export function isFresh({ token, expiresAt }: StoredToken, leeway: number): boolean {
  const { iat = 0, exp = iat + 2 * leeway } = readClaims(token)
  return expiresAt - Math.min(leeway, (exp - iat) / 2) > Date.now() / 1000
}
