/** Called when a person was signed in or out, in this tab or in another one of this origin. */
export type AuthListener = (isAuthenticated: boolean) => void

/** Calls its listeners when an ID token appears or disappears. */
export interface AuthState {
  /** Returns the function that ends the subscription. */
  subscribe(listener: AuthListener): () => unknown
  /** Records that the stored ID token has changed. A renewed token is no change for the listeners. */
  record(before: string | null, after: string | null): void
}

/** @param storageKey - where the SDK keeps the ID token in `localStorage`. */
export function createAuthState(storageKey: string): AuthState {
  const listeners = new Set<AuthListener>()

  const record: AuthState['record'] = (before, after) => {
    if (!before !== !after) for (const listener of [...listeners]) listener(!!after)
  }

  // Fires in the other tabs only.
  globalThis.window?.addEventListener('storage', ({ key, oldValue, newValue }) => {
    if (key === storageKey) record(oldValue, newValue)
  })

  return {
    record,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
