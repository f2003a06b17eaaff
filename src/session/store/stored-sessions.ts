import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isObject } from '../../logto/is-object.js'
import { isWhole, type Seal } from '../cookie/seal.js'
import { SessionError } from '../errors.js'
import { isSession, isTarget, type LogoutTarget, nowInSeconds, type Session } from '../sessions/session.js'
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

  /**
   * A record, opened. Files are emptied before they are written: whoever reads one at that moment gets nothing or a part
   * of it, which must not be taken for the end of the session.
   */
  async #read(key: string): Promise<Session | undefined> {
    for (let looks = 0; ; looks++) {
      const item = await this.#store.getItem(key)
      if (typeof item !== 'string') return undefined
      const opened = await this.#seal.open(item)
      if (opened) return sessionIn(opened.value, key)
      const delay = PARTLY_THERE_MS[looks]
      if (delay === undefined || isWhole(item)) return undefined
      await sleep(delay)
    }
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

/** The session of a record; undefined when it has expired, or when somebody moved the record to another key. */
function sessionIn(value: unknown, key: string): Session | undefined {
  return isSession(value) && keyOf(value) === key && value.expiresAt > nowInSeconds() ? value : undefined
}

// What was opened once is the same object the next time.
const keys = new WeakMap<Ticket, string>()

function keyOf(ticket: Ticket): string {
  const known = keys.get(ticket)
  if (known) return known
  const key = `${folderOf(ticket.userId)}:${hash(ticket.id)}`
  keys.set(ticket, key)
  return key
}

function folderOf(userId: string): string {
  return `${PREFIX}:sessions:${hash(userId)}`
}

// Hexadecimal: no store treats its characters specially, also none that ignores upper and lower case.
function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 32)
}
