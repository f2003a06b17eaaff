import { type AuthListener, createAuthState } from '../../browser/auth-state.js'

/** No secret: the session is in a cookie that scripts cannot read. */
const STORAGE_KEY = 'interaqt-logto:signed-in'

/** What every tab of this origin knows about the sign-in. */
export interface SignInFlag {
  /** Records what the server has just said, for this tab and, by the storage event, for the others. */
  record(isAuthenticated: boolean): void
  /** Returns the function that ends the subscription. */
  subscribe(listener: AuthListener): () => void
}

/** Creates the flag in `localStorage` that says in every tab whether a person is signed in. */
export function createSignInFlag(): SignInFlag {
  const state = createAuthState(STORAGE_KEY)
  return {
    record(isAuthenticated) {
      const before = localStorage.getItem(STORAGE_KEY)
      if (isAuthenticated) localStorage.setItem(STORAGE_KEY, '1')
      else localStorage.removeItem(STORAGE_KEY)
      state.record(before, localStorage.getItem(STORAGE_KEY))
    },
    subscribe: state.subscribe,
  }
}
