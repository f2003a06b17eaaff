import { sleep } from './sleep.js'

/** Runs a section alone, over all tabs of an origin. A section must not start another: that would wait for itself. */
export type RunAlone = <T>(section: () => Promise<T>) => Promise<T>

/**
 * The lock of everything that writes tokens. Two refreshes with one refresh token end the grant, so they must not
 * overlap, whatever their resource, organization or tab (docs/facts.md, "Logto's browser SDK").
 *
 * A tab that holds the lock and gives no sign of life for `waitMs` is frozen, and loses the lock; a slow one keeps it.
 * Without Web Locks (an insecure page, an old browser) the sections of this page are still one at a time.
 *
 * @param waitMs - how long a silent holder is waited for, in milliseconds.
 * @param settled - resolves when what the last holder has stored can be read here; awaited before each section.
 */
export function createTokenLock(name: string, waitMs: number, settled: () => Promise<void>): RunAlone {
  const locks: LockManager | undefined = globalThis.navigator?.locks
  let last: Promise<unknown> = Promise.resolve()

  const acrossTabs = async <T>(locks: LockManager, section: () => Promise<T>): Promise<T> => {
    const holder = async () => (await locks.query()).held?.find((lock) => lock.name === name)?.clientId
    const channel = new BroadcastChannel(name)
    let running: Promise<T> | undefined
    let heard = false
    // Who waits asks; who holds answers.
    channel.onmessage = ({ data: isQuestion }) => {
      if (!isQuestion) heard = true
      else if (running) channel.postMessage(false)
    }
    const hold = () => {
      running ??= section()
      return running
    }
    // When the lock is taken away the section goes on to its end: its writes are refused.
    const request = (options: LockOptions) => locks.request(name, options, hold).catch(() => undefined)

    try {
      let done = request({})
      for (;;) {
        const silent = await holder()
        heard = false
        channel.postMessage(true)
        await Promise.race([done, sleep(waitMs)])
        if (running) return await running
        if (heard) continue
        // One tab at a time takes over, and only from the holder that was silent.
        await locks.request(`${name}:takeover`, async () => {
          if (!running && silent === (await holder())) done = request({ steal: true })
        })
      }
    } finally {
      channel.close()
    }
  }

  return (section) => {
    const start = () => settled().then(section)
    const result = last.then(() => (locks ? acrossTabs(locks, start) : start()))
    last = result.catch(() => undefined)
    return result
  }
}
