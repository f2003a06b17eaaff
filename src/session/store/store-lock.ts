import { setTimeout as sleep } from 'node:timers/promises'
import { isObject } from '../../logto/is-object.js'
import type { SessionStore } from './session-store.js'

/**
 * How long a lock's record must stand before it counts, in milliseconds: longer than a look and a write take in any store
 * that is worth using, short enough for one request an hour.
 */
const SETTLE_MS = 150

/**
 * A lock between processes, as a record `{ owner, expiresAt }` in the store. Stores in general have no compare-and-set,
 * so a record counts only when it still stands `SETTLE_MS` after it was written. Whoever saw the place free before that
 * has overwritten it by then; whoever was slower than `SETTLE_MS` between looking and writing does not take it.
 */
export class StoreLock {
  readonly #store: SessionStore
  readonly #key: string
  readonly #ttlMs: number

  /** @param ttlMs - after this long the lock of a process that died is free again. */
  constructor(store: SessionStore, key: string, ttlMs: number) {
    this.#store = store
    this.#key = key
    this.#ttlMs = ttlMs
  }

  /** Tries once. Gives the owner's name, with which it is released; undefined when somebody else has it. */
  async take(): Promise<string | undefined> {
    const lookedAt = performance.now()
    if (isStanding(await this.#read())) return undefined
    // A new name each time: a record of an attempt that came too late is somebody else's to the next attempt.
    const owner = crypto.randomUUID()
    await this.#write(owner, this.#ttlMs)
    const wasSlow = performance.now() - lookedAt >= SETTLE_MS
    await sleep(SETTLE_MS)
    return !wasSlow && (await this.isHeldBy(owner)) ? owner : undefined
  }

  async isHeldBy(owner: string): Promise<boolean> {
    const record = await this.#read()
    return isStanding(record) && record.owner === owner
  }

  async release(owner: string): Promise<void> {
    if (await this.isHeldBy(owner)) await this.#store.removeItem(this.#key)
  }

  /** Takes the lock from whoever has it, for good: a renewal under way finds that it lost it and keeps nothing. */
  async revoke(): Promise<void> {
    await this.#write('ended', this.#ttlMs)
  }

  async #read(): Promise<unknown> {
    return parsed(await this.#store.getItem(this.#key))
  }

  #write(owner: string, ttlMs: number): Promise<void> {
    const record = JSON.stringify({ owner, expiresAt: Date.now() + ttlMs })
    return this.#store.setItem(this.#key, record, { ttl: Math.ceil(ttlMs / 1_000) })
  }
}

/** Whether what a store gave is a lock that still holds. */
export function isLocked(item: unknown): boolean {
  return isStanding(parsed(item))
}

// Some stores give back what was written, unstorage parses what looks like JSON.
function parsed(item: unknown): unknown {
  if (typeof item !== 'string') return item
  try {
    return JSON.parse(item)
  } catch {
    return undefined
  }
}

function isStanding(record: unknown): record is { owner: string; expiresAt: number } {
  return (
    isObject(record) &&
    typeof record.owner === 'string' &&
    typeof record.expiresAt === 'number' &&
    record.expiresAt > Date.now()
  )
}
