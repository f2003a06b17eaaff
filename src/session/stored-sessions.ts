import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { SessionError } from './errors.js'
import { hasFields } from './has-fields.js'
import type { SessionStore } from './options.js'
import { isWhole, type Seal } from './seal.js'
import {
  isSession,
  isTarget,
  type LogoutTarget,
  nowInSeconds,
  type Refresh,
  type Session,
  type SessionBackend,
} from './session.js'
import { isLocked, StoreLock } from './store-lock.js'

const PREFIX = 'interaqt-logto'
const POLL_MS = 50
/** When to read a record again that is only partly there, in milliseconds: writing a file of 3 kB takes less than one. */
const PARTLY_THERE_MS = [5, 20, 75]

/** What the cookie carries: where the session is. */
interface Ticket {
  id: string
  userId: string
}

/**
 * Sessions in a store, one record each, filed under its user so that a logout finds them without an index. Records are
 * sealed and their keys hashed: a reader of the store gets neither a token nor an id that a cookie could carry.
 */
export class StoredSessions implements SessionBackend {
  readonly #store: SessionStore
  readonly #seal: Seal
  readonly #lockTtlMs: number

  /** @param timeoutMs - of one request to Logto; the lock outlasts a refresh. */
  constructor(store: SessionStore, seal: Seal, timeoutMs: number) {
    this.#store = withOutages(store)
    this.#seal = seal
    this.#lockTtlMs = 2 * timeoutMs + 5_000
  }

  begin(session: Session): Promise<void> {
    return this.#write(session)
  }

  ticketOf({ id, userId }: Session): Ticket {
    return { id, userId }
  }

  async find(ticket: object): Promise<Session | undefined> {
    return hasFields(ticket, { id: 'string', userId: 'string' }) ? this.#read(keyOf(ticket)) : undefined
  }

  newerTicket(): undefined {
    return undefined
  }

  async renew(session: Session, refresh: Refresh): Promise<Session | undefined> {
    const lock = this.#lockOf(session)
    const deadline = performance.now() + this.#lockTtlMs
    for (;;) {
      const current = await this.#read(keyOf(session))
      if (!current || current.generation > session.generation) return current
      const owner = await lock.take()
      if (owner) return this.#renewAlone(session, refresh, lock, owner)
      if (performance.now() > deadline) {
        throw new SessionError('logto_unavailable', {
          detail: 'The refresh lock could not be taken: another process has it, or the store is slow',
        })
      }
      await sleep(POLL_MS)
    }
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
      const isLock = key.startsWith(`${PREFIX}:locks:`)
      if (isLock ? isLocked(await this.#store.getItem(key)) : await this.#read(key)) continue
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
      if (renewed) await this.#write(renewed)
      if (renewed && (await lock.isHeldBy(owner))) return renewed
      // Logto ended the grant. Or the session was ended meanwhile: the record just written must not bring it back.
      await this.#store.removeItem(keyOf(session))
      return undefined
    } finally {
      await lock.release(owner)
    }
  }

  /**
   * The session of a record; undefined when there is none, it has expired, or it stands under another key than its own.
   * Files are emptied before they are written: a record that is read at that moment is empty or cut off, which must not
   * be taken for the end of the session.
   */
  async #read(key: string): Promise<Session | undefined> {
    for (let looks = 0; ; looks++) {
      const item = await this.#store.getItem(key)
      if (typeof item !== 'string') return undefined
      const session = (await this.#seal.open(item))?.value
      if (isSession(session)) {
        return keyOf(session) === key && session.expiresAt > nowInSeconds() ? session : undefined
      }
      const delay = PARTLY_THERE_MS[looks]
      if (delay === undefined || isWhole(item)) return undefined
      await sleep(delay)
    }
  }

  async #write(session: Session): Promise<void> {
    const ttl = Math.max(1, Math.ceil(session.expiresAt - nowInSeconds()))
    await this.#store.setItem(keyOf(session), await this.#seal.seal(session), { ttl })
  }

  #lockOf(session: Session): StoreLock {
    return new StoreLock(this.#store, `${PREFIX}:locks:${hash(session.id)}`, this.#lockTtlMs)
  }
}

// An opened ticket or session is the same object the next time, and hashing is a tenth of what a request costs here.
const keys = new WeakMap<Ticket, string>()

function keyOf(ticket: Ticket): string {
  const key = keys.get(ticket) ?? `${folderOf(ticket.userId)}:${hash(ticket.id)}`
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

/** A store whose failures are outages, so that they are answered with 503: nobody is signed out by them. */
function withOutages(store: SessionStore): SessionStore {
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      throw new SessionError('store_unavailable', { cause })
    }
  }
  return {
    getItem: (key) => asked(() => store.getItem(key)),
    setItem: (key, value, options) => asked(() => store.setItem(key, value, options)),
    removeItem: (key) => asked(() => store.removeItem(key)),
    getKeys: (base) => asked(() => store.getKeys(base)),
  }
}
