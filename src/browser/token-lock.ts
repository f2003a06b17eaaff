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
  const locks: LockManager | undefined = globalThis.navigator?.locks
  let last: Promise<unknown> = Promise.resolve()
  let ownId: string | undefined

  const holder = async () => {
    const { held } = (await locks?.query()) ?? {}
    return held?.find((lock) => lock.name === name)?.clientId
  }

  const acrossTabs = async <T>(locks: LockManager, section: () => Promise<T>): Promise<T> => {
    const channel = new BroadcastChannel(name)
    let running: Promise<T> | undefined
    let heard = false
    // Who waits asks; who holds answers.
    channel.onmessage = ({ data: isQuestion }) => {
      if (!isQuestion) heard = true
      else if (running) channel.postMessage(false)
    }
    const start = async () => {
      ownId = await holder()
      return section()
    }
    // Resolves when the lock is granted. When it is taken away the section goes on to its end: its writes are refused.
    const request = (options: LockOptions) =>
      new Promise((resolve) => {
        const hold = () => {
          running ??= start()
          resolve(running)
          return running
        }
        locks.request(name, options, hold).catch(resolve)
      })

    try {
      const granted = request({})
      for (;;) {
        const silent = await holder()
        heard = false
        channel.postMessage(true)
        await Promise.race([granted, new Promise((resolve) => setTimeout(resolve, waitMs))])
        if (running) return await running
        if (heard) continue
        // One tab at a time takes over, and only from the holder that was silent.
        await locks.request(`${name}:takeover`, async () => {
          if (!running && silent === (await holder())) await request({ steal: true })
        })
      }
    } finally {
      ownId = undefined
      channel.close()
    }
  }

  return {
    run(section) {
      const result = last.then(() => (locks ? acrossTabs(locks, section) : section()))
      last = result.catch(() => undefined)
      return result
    },
    isHeld: async () => !ownId || (await holder()) === ownId,
  }
}
