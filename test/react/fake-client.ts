import type { LogtoClientOf } from '../../src/react/index.js'

/** What a test reads and steers from outside of the page. */
interface FakeClientControl {
  reactVersion: string
  signIns: unknown[]
  tell(isAuthenticated: boolean): void
}

declare global {
  interface Window {
    control: FakeClientControl
  }
}

// The address says how the page begins: ?signed-in, ?signed-out, ?callback-fails.
const isSignedIn = location.search === '?signed-in'
const listeners = new Set<(isAuthenticated: boolean) => void>()

window.control = {
  reactVersion: '',
  signIns: [],
  tell: (isAuthenticated) => {
    for (const listener of listeners) listener(isAuthenticated)
  },
}

export const fakeClient: LogtoClientOf = {
  async handleCallback() {
    if (location.search === '?callback-fails') throw new Error('The sign-in was cancelled.')
    return false
  },
  isAuthenticated: async () => isSignedIn,
  onAuthChange(listener) {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  async signIn(options) {
    window.control.signIns.push(options)
  },
  async signOut() {
    window.control.tell(false)
  },
  async interact(name: string, payload?: unknown) {
    return { data: { name, payload } }
  },
}
