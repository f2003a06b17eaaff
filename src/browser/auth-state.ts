/** Called when a person was signed in or out, in this tab or in another one of this origin. */
export type AuthListener = (isAuthenticated: boolean) => void

/** Tells its listeners when an ID token comes or goes. */
export interface AuthState {
  /** Gives the function that ends the subscription. */
  subscribe(listener: AuthListener): () => unknown
  /** The stored ID token was one and is another; a renewed one is no change. */
  note(before: string | null, after: string | null): void
}

/** @param storageKey - where the SDK keeps the ID token in `localStorage`. */
export function createAuthState(storageKey: string): AuthState {
  const listeners = new Set<AuthListener>()

  const note: AuthState['note'] = (before, after) => {
    if (!before !== !after) for (const listener of [...listeners]) listener(!!after)
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
