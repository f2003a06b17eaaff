import type { InteractOptions } from '../../src/browser/index.js'
import type { LogtoClientOf } from '../../src/react/index.js'

/** What a test reads and steers from outside of the page. */
interface FakeClientControl {
  reactVersion: string
  signIns: unknown[]
  /** Calls of interactions. */
  calls: { payload: unknown; query: unknown; isAborted: boolean }[]
  /** Lets the calls be answered that wait. */
  answer(): void
  changeAuth(isAuthenticated: boolean): void
}

declare global {
  interface Window {
    control: FakeClientControl
  }
}

// The address says how the page begins: ?signed-in, ?signed-out, ?callback-fails, ?wrong-option.
const isSignedIn = location.search === '?signed-in'
const listeners = new Set<(isAuthenticated: boolean) => void>()

window.control = {
  reactVersion: '',
  signIns: [],
  calls: [],
  answer: () => {},
  changeAuth: (isAuthenticated) => {
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
    if (location.search === '?wrong-option') throw new TypeError('signIn: no such option')
    window.control.signIns.push(options)
  },
  async signOut() {
    window.control.changeAuth(false)
  },
  async interact(name: string, payload?: unknown, { query, signal }: InteractOptions = {}) {
    const call = { payload, query, isAborted: false }
    window.control.calls.push(call)
    signal?.addEventListener('abort', () => {
      call.isAborted = true
    })
    if (query)
      await new Promise<void>((resolve) => {
        window.control.answer = resolve
      })
    return { data: { name, payload } }
  },
}
