import type { LogtoUser } from '../../logto/index.js'
import type { Faults } from '../faults/faults.js'
import { isShortId, shortId } from '../records/identifiers.js'
import type { LogtoVersion } from '../records/logto-version.js'
import type { PasswordAlgorithm } from '../records/password-algorithms.js'
import { isStoredPassword, newPassword, type StoredPassword } from '../records/passwords.js'
import type { UserRecord } from '../records/records.js'

/** Fields of a new user. All are optional, as in `POST /api/users`. */
export interface NewUser {
  username?: string | null | undefined
  primaryEmail?: string | null | undefined
  primaryPhone?: string | null | undefined
  name?: string | null | undefined
  avatar?: string | null | undefined
  customData?: Record<string, unknown> | undefined
  profile?: Record<string, unknown> | undefined
  password?: string | undefined
  /** A digest that another system made, instead of a password, and how it made it. */
  passwordDigest?: string | undefined
  passwordAlgorithm?: PasswordAlgorithm | undefined
}

/** Fields of a user that a write may change; undefined leaves one as it is. */
export type UserChange = {
  [Field in WritableField]?: UserRecord[Field] | undefined
}

type WritableField =
  | 'username'
  | 'primaryEmail'
  | 'primaryPhone'
  | 'name'
  | 'avatar'
  | 'customData'
  | 'profile'
  | 'identities'
  | 'isSuspended'
  | 'lastSignInAt'
  | 'applicationId'
  | 'passwordDigest'
  | 'passwordAlgorithm'

/** The user table. Every write bumps `updatedAt`, as Logto's database trigger does (docs/facts.md, "Webhooks"). */
export class Users {
  /** Called with each user who is deleted. */
  onDeleted: ((user: UserRecord) => void) | undefined
  readonly #rows = new Map<string, UserRecord>()
  // Logto gives no id twice.
  readonly #deletedIds = new Set<string>()
  readonly #clock: Faults
  readonly #version: LogtoVersion
  #newestFirst: UserRecord[] | undefined
  // By id: 0 where the seed chose createdAt, else a number that counts up. The database has microseconds, so that no two of
  // its own times are equal; times that somebody wrote are.
  readonly #serials = new Map<string, number>()
  #lastSerial = 0
  #hasChosenTimes = false

  constructor(clock: Faults, version: LogtoVersion) {
    this.#clock = clock
    this.#version = version
  }

  get size(): number {
    return this.#rows.size
  }

  get(id: string): UserRecord | undefined {
    return this.#rows.get(id)
  }

  /** Whether users may have one `createdAt`, so that pages repeat and lose some of them. */
  get hasEqualTimes(): boolean {
    return this.#hasChosenTimes
  }

  /** Returns all users by `created_at desc`, the order of `GET /api/users`. Rebuilt only after an insert or a deletion. */
  newestFirst(): readonly UserRecord[] {
    this.#newestFirst ??= [...this.#rows.values()].reverse().sort((a, b) => this.compareNewestFirst(a, b))
    return this.#newestFirst
  }

  /** Returns all users in the order in which they were added. */
  asAdded(): readonly UserRecord[] {
    return [...this.#rows.values()]
  }

  /** Compares by `created_at desc`. Only users whose `createdAt` the seed chose are equal. */
  compareNewestFirst(a: UserRecord, b: UserRecord): number {
    return b.createdAt - a.createdAt || this.#serialOf(b) - this.#serialOf(a)
  }

  /**
   * @param user - its `id` is a random one by default, its `createdAt` (milliseconds since the epoch) now.
   * @throws TypeError for an id that has not the shape of a user's, or that a user has or had.
   */
  create(
    user: NewUser & { id?: string | undefined; createdAt?: number | undefined },
    roleIds: Iterable<string> = [],
  ): UserRecord {
    const { id = shortId() } = user
    this.#refuseId(id)
    const createdAt = user.createdAt ?? this.#clock.now()
    const row: UserRecord = {
      id,
      username: user.username ?? null,
      primaryEmail: user.primaryEmail ?? null,
      primaryPhone: user.primaryPhone ?? null,
      name: user.name ?? null,
      avatar: user.avatar ?? null,
      customData: user.customData ?? {},
      identities: {},
      lastSignInAt: null,
      createdAt,
      updatedAt: createdAt,
      profile: user.profile ?? {},
      applicationId: null,
      isSuspended: false,
      ...passwordOf(user),
      roleIds: new Set(roleIds),
    }
    this.add(row)
    if (user.createdAt !== undefined) {
      this.#serials.set(id, 0)
      this.#hasChosenTimes = true
    }
    return row
  }

  /** Adds a row as it is, with its id and times, such as one from a state file. */
  add(row: UserRecord): void {
    // A state file may be of the other version.
    if (this.#version === 'development') row.cimdClientId = null
    else delete row.cimdClientId
    this.#rows.set(row.id, row)
    this.#serials.set(row.id, ++this.#lastSerial)
    this.#newestFirst = undefined
  }

  update(user: UserRecord, change: UserChange): UserRecord {
    Object.assign(user, Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)))
    user.updatedAt = this.#clock.updatedAt(user.updatedAt)
    return user
  }

  delete(id: string): boolean {
    const user = this.#rows.get(id)
    if (!user) return false
    this.#newestFirst = undefined
    this.#rows.delete(id)
    this.#serials.delete(id)
    this.#deletedIds.add(id)
    this.onDeleted?.(user)
    return true
  }

  #serialOf({ id }: UserRecord): number {
    return this.#serials.get(id) ?? 0
  }

  #refuseId(id: string): void {
    if (!isShortId(id)) {
      throw new TypeError(
        `the id of a user must be 12 lower-case letters and digits, as Logto's are: ${JSON.stringify(id)}`,
      )
    }
    if (this.#rows.has(id)) throw new TypeError(`two users have the id ${JSON.stringify(id)}`)
    if (this.#deletedIds.has(id)) {
      throw new TypeError(`the id ${JSON.stringify(id)} is a deleted user's: Logto gives no id twice`)
    }
  }

  /** Returns the user that signs in as `identifier`: a username exactly, an email address in any case. */
  byIdentifier(identifier: string): UserRecord | undefined {
    const email = identifier.toLowerCase()
    for (const user of this.#rows.values()) {
      if (user.username === identifier || user.primaryEmail?.toLowerCase() === email) return user
    }
    return undefined
  }

  /** Returns the user whose `field` has this value, in any case for email addresses (recordings/mgmt/user-create-duplicate-email). */
  holding(field: 'username' | 'primaryEmail' | 'primaryPhone', value: string): UserRecord | undefined {
    const wanted = field === 'primaryEmail' ? value.toLowerCase() : value
    for (const user of this.#rows.values()) {
      const held = user[field]
      if (held !== null && (field === 'primaryEmail' ? held.toLowerCase() : held) === wanted) return user
    }
    return undefined
  }

  /**
   * Resolves with the user with this identifier and password, or undefined when either is wrong. The first right password
   * replaces an imported digest by Logto's own algorithm (recordings/released/algorithms-summary.json).
   *
   * @throws Error for an imported digest that is none of its algorithm, where Logto answers 500.
   * @throws Error with `code` `peer_missing` for Bcrypt and Argon2 without the package `hash-wasm`.
   */
  async authenticate(identifier: string, password: string): Promise<UserRecord | undefined> {
    const user = this.byIdentifier(identifier)
    if (!user || !(await isStoredPassword(password, user))) return undefined
    if (user.passwordAlgorithm && user.passwordAlgorithm !== 'Argon2i')
      this.update(user, newPassword(password))
    return user
  }
}

// An empty digest, or none, is no password (recordings/released/user-create-empty-digest.json).
function passwordOf({ password, passwordDigest, passwordAlgorithm }: NewUser): StoredPassword {
  if (password !== undefined) return newPassword(password)
  if (!passwordDigest || !passwordAlgorithm) return { passwordDigest: null, passwordAlgorithm: null }
  return { passwordDigest, passwordAlgorithm }
}

/** A user as sign-in webhooks carry it: without `hasPassword` (recordings/webhooks/0002-register-PostRegister.json). */
export function userInEvent(user: UserRecord): LogtoUser {
  // Field by field, in the release's order: a rest pattern cost a third of the time to page through 100,000 users.
  const visible: LogtoUser = {
    id: user.id,
    username: user.username,
    primaryEmail: user.primaryEmail,
    primaryPhone: user.primaryPhone,
    name: user.name,
    avatar: user.avatar,
    customData: user.customData,
    identities: user.identities,
    lastSignInAt: user.lastSignInAt,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
    profile: user.profile,
    applicationId: user.applicationId,
    isSuspended: user.isSuspended,
  }
  if (user.cimdClientId !== undefined) visible.cimdClientId = user.cimdClientId
  return visible
}

/** A user as the Management API answers it (recordings/mgmt/user-get.json). */
export function userInApi(user: UserRecord): LogtoUser {
  const visible = userInEvent(user)
  visible.hasPassword = user.passwordDigest !== null
  return visible
}
