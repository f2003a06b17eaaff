import { sleep } from './sleep.js'

/** Runs a section alone over all tabs of an origin. A section must not start another one: it would wait for itself. */
export type RunAlone = <T>(section: () => Promise<T>) => Promise<T>

/**
 * Creates the lock of everything that writes tokens. Two refreshes with one refresh token end the grant, so they must not
 * overlap, whatever their resource, organization or tab (docs/facts.md, "Logto's browser SDK").
 *
 * A tab that holds the lock and does not answer for `waitMs` is frozen, and loses the lock; a slow tab keeps it.
 * Without Web Locks (an insecure page, an old browser) the sections of this page still run one at a time.
 *
 * @param waitMs - milliseconds to wait for a holder that does not answer.
 * @param untilCurrent - resolves when what the last holder stored can be read here; awaited before each section.
 */
export function createTokenLock(name: string, waitMs: number, untilCurrent: () => Promise<void>): RunAlone {
  const locks: LockManager | undefined = globalThis.navigator?.locks
  let last: Promise<unknown> = Promise.resolve()

  const acrossTabs = async <T>(locks: LockManager, section: () => Promise<T>): Promise<T> => {
    const holder = async () => (await locks.query()).held?.find((lock) => lock.name === name)?.clientId
    const channel = new BroadcastChannel(name)
    let running: Promise<T> | undefined
    let isHolderAlive = false
    // A tab that waits sends `true`; the tab that holds the lock answers with `false`.
    channel.onmessage = ({ data: isQuestion }) => {
      if (!isQuestion) isHolderAlive = true
      else if (running) channel.postMessage(false)
    }
    const hold = () => {
      running ??= section()
      return running
    }
    // When another tab takes the lock, the section still runs to its end; its writes are refused.
    const request = (options: LockOptions) => locks.request(name, options, hold).catch(() => undefined)

    try {
      let done = request({})
      for (;;) {
        const askedHolder = await holder()
        isHolderAlive = false
        channel.postMessage(true)
        await Promise.race([done, sleep(waitMs)])
        if (running) return await running
        if (isHolderAlive) continue
        // One tab at a time takes over, and only from the holder that did not answer.
        await locks.request(`${name}:takeover`, async () => {
          if (!running && askedHolder === (await holder())) done = request({ steal: true })
        })
      }
    } finally {
      channel.close()
    }
  }

  return (section) => {
    const start = () => untilCurrent().then(section)
    const result = last.then(() => (locks ? acrossTabs(locks, start) : start()))
    last = result.catch(() => undefined)
    return result
  }
}
