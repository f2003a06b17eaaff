import { setTimeout as sleep } from 'node:timers/promises'
import { hasFields } from './has-fields.js'
import type { SessionStore } from './options.js'

/**
 * How long a lock's record must stand before it counts, in milliseconds: longer than a read and a write take in any store
 * that is worth using, short enough for one request an hour.
 */
const SETTLE_MS = 150

/** The record of a lock in the store. */
interface LockRecord {
  owner: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/**
 * A lock between processes, as a record in the store. Stores in general have no compare-and-set, so a record counts only
 * when it still stands `SETTLE_MS` after it was written. A process that found the lock free before that has overwritten
 * the record by then; one that took longer than `SETTLE_MS` between reading and writing does not get the lock.
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

  /** Tries once. Returns the owner's name, with which it is released; undefined when another owner has it. */
  async take(): Promise<string | undefined> {
    const lookedAt = performance.now()
    if (isLocked(await this.#read())) return undefined
    // A new name each time: a late write of an earlier attempt belongs to another owner.
    const owner = crypto.randomUUID()
    await this.#write(owner)
    const wasSlow = performance.now() - lookedAt >= SETTLE_MS
    await sleep(SETTLE_MS)
    return !wasSlow && (await this.isHeldBy(owner)) ? owner : undefined
  }

  async isHeldBy(owner: string): Promise<boolean> {
    return standingRecord(await this.#read())?.owner === owner
  }

  async release(owner: string): Promise<void> {
    if (await this.isHeldBy(owner)) await this.#store.removeItem(this.#key)
  }

  /** Takes the lock from its owner, for good: a renewal under way finds that it lost it and keeps nothing. */
  async revoke(): Promise<void> {
    await this.#write('ended')
  }

  #read(): Promise<unknown> {
    return this.#store.getItem(this.#key)
  }

  #write(owner: string): Promise<void> {
    const record: LockRecord = { owner, expiresAt: Date.now() + this.#ttlMs }
    return this.#store.setItem(this.#key, JSON.stringify(record), { ttl: Math.ceil(this.#ttlMs / 1_000) })
  }
}

/** Whether an item of a store is a lock that still holds. */
export function isLocked(item: unknown): boolean {
  return standingRecord(item) !== undefined
}

function standingRecord(item: unknown): LockRecord | undefined {
  const record = parsed(item)
  const isRecord = hasFields(record, { owner: 'string', expiresAt: 'number' })
  return isRecord && record.expiresAt > Date.now() ? record : undefined
}

// Some stores return what was written, unstorage parses what looks like JSON.
function parsed(item: unknown): unknown {
  if (typeof item !== 'string') return item
  try {
    return JSON.parse(item)
  } catch {
    return undefined
  }
}
