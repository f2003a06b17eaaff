/** One section at a time, over all tabs of an origin. */
export interface TokenLock {
  /** Runs `section` alone. It must not call `run` again: that would wait for itself. */
  run<T>(section: () => Promise<T>): Promise<T>
  /**
   * Whether the running section still holds the lock. The browser is asked, because a page that wakes up may see its own
   * answers before it hears that it has lost the lock.
   */
  isHeld(): Promise<boolean>
}

/**
 * The lock of everything that writes tokens. Two refreshes with one refresh token end the grant, so they must not
 * overlap, whatever their resource, organization or tab (TRUTH "Logto's browser SDK").
 *
 * A tab that holds the lock and gives no sign of life for `waitMs` is frozen, and loses the lock; a slow one keeps it.
 * Without Web Locks (an insecure page, an old browser) the sections of this page are still one at a time.
 *
 * @param waitMs - how long a silent holder is waited for, in milliseconds.
 */
export function createTokenLock(name: string, waitMs: number): TokenLock {
  let last: Promise<unknown> = Promise.resolve()
  let ownId: string | undefined

  const acrossTabs = async <T>(section: () => Promise<T>): Promise<T> => {
    if (!webLocks()) return section()
    const turn = takeTurn(name, async () => {
      ownId = await holderOf(name)
      return section()
    })
    try {
      for (;;) {
        const silentHolder = await turn.wait(waitMs)
        const running = turn.running() ?? (await turn.takeOver(silentHolder))
        if (running) return await running
      }
    } finally {
      ownId = undefined
      turn.end()
    }
  }

  return {
    run(section) {
      const result = last.then(() => acrossTabs(section))
      last = result.catch(() => undefined)
      return result
    },
    isHeld: async () => !ownId || (await holderOf(name)) === ownId,
  }
}

/** One wish for the lock: asks the holder for signs of life while it waits, and gives them while it holds. */
function takeTurn<T>(name: string, section: () => Promise<T>) {
  const channel = new BroadcastChannel(name)
  let running: Promise<T> | undefined
  let heard = false
  channel.onmessage = ({ data }) => {
    if (!data) heard = true
    else if (running) channel.postMessage(0)
  }

  // Resolves when the lock is granted or given up. A lock that is taken away rejects the request, but the section goes on
  // to its end: its writes are refused by then.
  const request = (options: LockOptions) =>
    new Promise<void>((resolve, reject) => {
      const hold = () => {
        running = section()
        resolve()
        return running
      }
      webLocks()
        ?.request(name, options, hold)
        .catch((error) => (options.signal?.aborted ? resolve() : reject(error)))
    })

  return {
    running: () => running,

    /** Ends when the lock is held; or with the id of the holder that was silent for `waitMs` on end. */
    async wait(waitMs: number): Promise<string | undefined> {
      const giveUp = new AbortController()
      const granted = request({ signal: giveUp.signal })
      for (;;) {
        const holder = await holderOf(name)
        heard = false
        channel.postMessage(1)
        await Promise.race([granted, new Promise((resolve) => setTimeout(resolve, waitMs))])
        if (running) return
        if (heard || holder !== (await holderOf(name))) continue
        giveUp.abort()
        await granted
        return holder
      }
    },

    /** Takes the lock from the silent holder, unless another tab has just done so. */
    async takeOver(silentHolder: string | undefined): Promise<Promise<T> | undefined> {
      await webLocks()?.request(`${name}:takeover`, async () => {
        if ((await holderOf(name)) === silentHolder) await request({ steal: true })
      })
      return running
    },

    end: () => channel.close(),
  }
}

function webLocks(): LockManager | undefined {
  return globalThis.navigator?.locks
}

async function holderOf(name: string): Promise<string | undefined> {
  const locks = await webLocks()?.query()
  return locks?.held?.find((lock) => lock.name === name)?.clientId
}
