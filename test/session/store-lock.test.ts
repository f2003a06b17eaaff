import { createStorage } from 'unstorage'
import { describe, expect, it } from 'vitest'
import type { SessionStore } from '../../src/session/index.js'
import { StoreLock } from '../../src/session/store-lock.js'
import { slow } from './support/slow-store.js'

describe('the lock in a store', () => {
  const lockIn = (store: SessionStore) => new StoreLock(store, 'lock', 10_000)

  it.each([0, 2, 10, 30])('one of many gets it, with %i ms for each look into the store', async (delayMs) => {
    const storage = createStorage()
    const store = slow(storage, delayMs)
    let owners: string[] = []
    // On a busy machine all of them may be too slow; then they try again, as a renewal does.
    for (let tries = 0; tries < 20 && owners.length === 0; tries++) {
      const taken = await Promise.all(Array.from({ length: 6 }, () => lockIn(store).take()))
      owners = taken.filter((owner) => owner !== undefined)
      if (owners.length === 0) await storage.clear()
    }
    expect(owners).toHaveLength(1)
  })

  it('is nobody’s while the store is slower than the time that a record must stand', async () => {
    expect(await lockIn(slow(createStorage(), 100)).take()).toBeUndefined()
  })

  it('is free again when it is released, and only its owner releases it', async () => {
    const store = createStorage()
    const lock = lockIn(store)
    const owner = (await lock.take()) ?? ''
    await lock.release('somebody else')
    expect(await lock.take()).toBeUndefined()
    await lock.release(owner)
    expect(await lock.take()).toBeDefined()
  })
})
