import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isWhole, type Seal } from '../cookie/seal.js'
import { SessionError } from '../errors.js'
import {
  isObject,
  isSession,
  isTarget,
  type LogoutTarget,
  nowInSeconds,
  type Session,
} from '../sessions/session.js'
import type { Refresh, SessionPlace } from '../sessions/session-place.js'
import { SingleFlight } from '../sessions/single-flight.js'
import type { SessionStore } from './session-store.js'
import { isLocked, StoreLock } from './store-lock.js'

const PREFIX = 'interaqt-logto'
const POLL_MS = 50
/** When to look again at a record that is only partly there, in milliseconds: writing a file of 3 kB takes less than one. */
const PARTLY_THERE_MS = [5, 20, 75]

/** What the cookie carries: where the session is. */
interface Ticket {
  id: string
  userId: string
}

/**
 * Sessions in a store, one record each, filed under its user so that a logout finds them without an index. Records are
 * sealed and their keys hashed: whoever reads the store has neither a token nor an id that a cookie could carry.
 */
export class StoredSessions implements SessionPlace {
  readonly #store: SessionStore
  readonly #seal: Seal
  readonly #lockTtlMs: number
  readonly #refreshes = new SingleFlight<Session | undefined>()

  /** @param timeoutMs - of one request to Logto; the lock outlasts a refresh. */
  constructor(store: SessionStore, seal: Seal, timeoutMs: number) {
    this.#store = store
    this.#seal = seal
    this.#lockTtlMs = 2 * timeoutMs + 5_000
  }

  begin(session: Session): Promise<void> {
    return this.#write(session)
  }

  ticketOf({ id, userId }: Session): Ticket {
    return { id, userId }
  }

  async find(ticket: unknown): Promise<Session | undefined> {
    return isTicket(ticket) ? this.#read(keyOf(ticket)) : undefined
  }

  newerTicket(): undefined {
    return undefined
  }

  renew(session: Session, refresh: Refresh): Promise<Session | undefined> {
    return this.#refreshes.run(session.id, async () => {
      const lock = this.#lockOf(session)
      const deadline = performance.now() + this.#lockTtlMs
      for (;;) {
        const current = await this.#read(keyOf(session))
        if (!current || current.generation > session.generation) return current
        const owner = await lock.take()
        if (owner) return await this.#renewAlone(session, refresh, lock, owner)
        if (performance.now() > deadline) {
          throw new SessionError('logto_unavailable', {
            detail: 'The refresh lock was not to be had: another process has it, or the store is slow',
          })
        }
        await sleep(POLL_MS)
      }
    })
  }

  async end(session: Session): Promise<void> {
    await this.#lockOf(session).revoke()
    await this.#store.removeItem(keyOf(session))
  }

  async endAll(target: LogoutTarget): Promise<void> {
    const base = target.userId === undefined ? `${PREFIX}:sessions` : folderOf(target.userId)
    for (const key of await this.#store.getKeys(base)) {
      const session = await this.#read(key)
      if (session && isTarget(session, target)) await this.end(session)
    }
  }

  async removeExpired(): Promise<number> {
    let removed = 0
    for (const key of await this.#store.getKeys(PREFIX)) {
      if (await this.#isAlive(key)) continue
      await this.#store.removeItem(key)
      removed++
    }
    return removed
  }

  async #renewAlone(
    session: Session,
    refresh: Refresh,
    lock: StoreLock,
    owner: string,
  ): Promise<Session | undefined> {
    try {
      const current = await this.#read(keyOf(session))
      if (!current || current.generation > session.generation) return current
      const renewed = await refresh(current)
      if (!renewed) {
        await this.#store.removeItem(keyOf(session))
        return undefined
      }
      await this.#write(renewed)
      if (await lock.isHeldBy(owner)) return renewed
      // Ended while Logto was asked: the record that was just written must not bring it back.
      await this.#store.removeItem(keyOf(session))
      return undefined
    } finally {
      await lock.release(owner)
    }
  }

  async #read(key: string): Promise<Session | undefined> {
    const sealed = await this.#readWhole(key)
    const opened = sealed === undefined ? undefined : await this.#seal.open(sealed)
    // The key is compared, so that a record which somebody moved to another key is nobody's session.
    if (!opened || !isSession(opened.value) || keyOf(opened.value) !== key) return undefined
    return opened.value.expiresAt > nowInSeconds() ? opened.value : undefined
  }

  /**
   * A record, whole. Files are emptied before they are written: whoever reads one at that moment gets nothing or a part of
   * it, which must not be taken for the end of the session.
   */
  async #readWhole(key: string): Promise<string | undefined> {
    for (const delay of PARTLY_THERE_MS) {
      const item = await this.#store.getItem(key)
      if (typeof item !== 'string') return undefined
      if (isWhole(item)) return item
      await sleep(delay)
    }
    const item = await this.#store.getItem(key)
    return typeof item === 'string' ? item : undefined
  }

  async #write(session: Session): Promise<void> {
    const ttl = Math.max(1, Math.ceil(session.expiresAt - nowInSeconds()))
    await this.#store.setItem(keyOf(session), await this.#seal.seal(session), { ttl })
  }

  async #isAlive(key: string): Promise<boolean> {
    if (!key.startsWith(`${PREFIX}:locks:`)) return (await this.#read(key)) !== undefined
    return isLocked(await this.#store.getItem(key))
  }

  #lockOf(session: Session): StoreLock {
    return new StoreLock(this.#store, `${PREFIX}:locks:${hash(session.id)}`, this.#lockTtlMs)
  }
}

function isTicket(value: unknown): value is Ticket {
  return isObject(value) && typeof value.id === 'string' && typeof value.userId === 'string'
}

function keyOf({ id, userId }: Ticket): string {
  return `${folderOf(userId)}:${hash(id)}`
}

function folderOf(userId: string): string {
  return `${PREFIX}:sessions:${hash(userId)}`
}

// Hexadecimal: no store treats its characters specially, also none that ignores upper and lower case.
function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 32)
}
