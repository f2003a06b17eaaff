import { vi } from 'vitest'

/** The globals of a page, as far as the Client uses them; `vi.unstubAllGlobals` takes them away. */
export interface Tab {
  local: FakeStorage
  session: FakeStorage
  locks: FakeLocks | undefined
  /** Where the page is. */
  href: string
  /** Where the page was sent. */
  visited: string[]
  /** What another tab has written. */
  storageEvent(key: string, oldValue: string | null, newValue: string | null): void
}

/** @param without - features that this browser lacks. */
export function openTab(href: string, without: ('locks' | 'caches')[] = []): Tab {
  const listeners: ((event: unknown) => void)[] = []
  const tab: Tab = {
    local: new FakeStorage(),
    session: new FakeStorage(),
    locks: without.includes('locks') ? undefined : new FakeLocks(),
    href,
    visited: [],
    storageEvent: (key, oldValue, newValue) => {
      for (const listener of listeners) listener({ key, oldValue, newValue })
    },
  }
  const location = {
    get href() {
      return tab.href
    },
    get origin() {
      return new URL(tab.href).origin
    },
    assign: (url: string) => tab.visited.push(String(url)),
  }
  const history = {
    state: null,
    replaceState: (_state: unknown, _title: string, url: URL) => {
      tab.href = String(url)
    },
  }
  const addEventListener = (_type: string, listener: (event: unknown) => void) => listeners.push(listener)
  const globals = {
    location,
    history,
    localStorage: tab.local,
    sessionStorage: tab.session,
    window: { location, addEventListener },
    navigator: { onLine: true, locks: tab.locks },
    caches: without.includes('caches') ? undefined : new FakeCaches(),
  }
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
  return tab
}

class FakeStorage {
  readonly #items = new Map<string, string>()

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, String(value))
  }

  removeItem(key: string): void {
    this.#items.delete(key)
  }
}

class FakeCaches {
  readonly #entries = new Map<string, string>()

  async match(path: string, { cacheName }: { cacheName: string }): Promise<Response | undefined> {
    const text = this.#entries.get(cacheName + path)
    return text === undefined ? undefined : new Response(text)
  }

  async open(cacheName: string) {
    const put = async (path: string, response: Response) => {
      this.#entries.set(cacheName + path, await response.text())
    }
    return { put }
  }
}

interface FakeLock {
  name: string
  clientId: string
  grant: () => Promise<unknown>
  lose: (reason: unknown) => void
}

/** Web Locks within one process, with `steal` and `query` (W3C Web Locks API, 4). */
class FakeLocks {
  /** Who asks from now on. */
  clientId = 'this-tab'
  readonly #held: FakeLock[] = []
  readonly #waiting: FakeLock[] = []

  request<T>(name: string, ...rest: [() => T] | [{ steal?: boolean }, () => T]): Promise<T> {
    const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest
    return new Promise((resolve, reject) => {
      const lock: FakeLock = {
        name,
        clientId: this.clientId,
        lose: reject,
        grant: async () => {
          this.#held.push(lock)
          try {
            resolve(await callback())
          } catch (error) {
            reject(error)
          }
          this.#release(lock)
        },
      }
      const holder = this.#held.find((each) => each.name === name)
      if (!holder) void lock.grant()
      else if (!options.steal) this.#waiting.push(lock)
      else {
        this.#held.splice(this.#held.indexOf(holder), 1)
        holder.lose(new DOMException('stolen', 'AbortError'))
        void lock.grant()
      }
    })
  }

  async query() {
    return { held: this.#held.map(({ name, clientId }) => ({ name, clientId, mode: 'exclusive' })) }
  }

  #release(lock: FakeLock): void {
    const index = this.#held.indexOf(lock)
    if (index < 0) return
    this.#held.splice(index, 1)
    const next = this.#waiting.find(({ name }) => name === lock.name)
    if (!next) return
    this.#waiting.splice(this.#waiting.indexOf(next), 1)
    void next.grant()
  }
}
