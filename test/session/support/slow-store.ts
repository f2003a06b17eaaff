import type { Storage } from 'unstorage'
import type { SessionStore } from '../../../src/session/index.js'

/** A store whose every operation takes as long as over a network. */
export function slow(store: Storage, delayMs: number): SessionStore {
  const delayed = <T>(work: () => Promise<T>) =>
    new Promise((resolve) => setTimeout(resolve, delayMs)).then(work)
  return {
    getItem: (key) => delayed(() => store.getItem(key)),
    setItem: (key, value) => delayed(() => store.setItem(key, value)),
    removeItem: (key) => delayed(() => store.removeItem(key)),
    getKeys: (base) => delayed(() => store.getKeys(base)),
  }
}
