import { readClaims } from './claims.js'

/** Somebody was signed in or out, in this tab or in another one of this origin. */
export interface AuthChange {
  isAuthenticated: boolean
  /**
   * `session_ended`: Logto no longer renews the session (only in the tab that found out; the others see `signed_out`).
   * `signed_in` also when another person takes the place of the one before.
   */
  reason: 'signed_in' | 'signed_out' | 'session_ended'
}

/** Tells its listeners when the person behind the stored ID token changes. */
export interface AuthState {
  /** Gives the function that ends the subscription. */
  subscribe(listener: (change: AuthChange) => void): () => unknown
  /** Compares two ID tokens; a renewed one for the same person is no change. */
  note(before: string | null, after: string | null, departure?: 'signed_out' | 'session_ended'): void
}

/** @param storageKey - where the SDK keeps the ID token in `localStorage`. */
export function createAuthState(storageKey: string): AuthState {
  const listeners = new Set<(change: AuthChange) => void>()

  const note: AuthState['note'] = (before, after, departure = 'signed_out') => {
    const person = readClaims(after).sub
    if (person === readClaims(before).sub) return
    for (const listener of [...listeners]) {
      listener({ isAuthenticated: !!person, reason: person ? 'signed_in' : departure })
    }
  }

  // Fires in the other tabs only.
  globalThis.window?.addEventListener('storage', ({ key, oldValue, newValue }) => {
    if (key === storageKey) note(oldValue, newValue)
  })

  return {
    note,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
