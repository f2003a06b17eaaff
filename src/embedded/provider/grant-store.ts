import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { GrantControl } from '../../testing/faults/fault-types.js'

interface StoredPayload {
  payload: AdapterPayload
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** Milliseconds since the epoch at which the token was used up. */
  consumedAt?: number
}

/** Fields of the event `Grant.LimitExceeded` (recordings/webhook-event-matrix.json). */
interface GrantLimitExceeded {
  /** Oldest first. */
  revokedGrantIds: string[]
  maxAllowedGrants: number
  preRevocationActiveGrantCount: number
}

/** How clients are looked up: from the applications of the state, at every request. */
export type FindClient = (id: string) => AdapterPayload | undefined

const GRANTABLE = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken'])
const PURGE_EVERY = 500

/**
 * Stores sessions, interactions, grants and tokens of the OpenID Connect server in memory. It stays when a key rotation
 * replaces the server.
 */
export class GrantStore implements GrantControl {
  readonly #models = new Map<string, Map<string, StoredPayload>>()
  readonly #findClient: FindClient
  readonly #reuseWindowMs: number
  #writes = 0

  /**
   * @param reuseWindowSeconds - how long a used refresh token may be used again; 3 at Logto
   *   (recordings/tokens/W-refresh-token-reuse-within-3s-grace_200.json).
   */
  constructor(findClient: FindClient, reuseWindowSeconds: number) {
    this.#findClient = findClient
    this.#reuseWindowMs = reuseWindowSeconds * 1000
  }

  /** Returns oidc-provider's storage for one of its models. */
  adapterFor(model: string): Adapter {
    const rows = this.#rowsOf(model)
    const find = async (id: string): Promise<AdapterPayload | undefined> =>
      model === 'Client' ? this.#findClient(id) : this.#visible(rows.get(id))
    return {
      find,
      findByUid: async (uid) => {
        for (const row of rows.values()) if (row.payload.uid === uid) return this.#visible(row)
        return undefined
      },
      findByUserCode: async () => undefined,
      upsert: async (id, payload, expiresIn) => {
        rows.set(id, {
          payload,
          expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : Number.POSITIVE_INFINITY,
        })
        if (++this.#writes % PURGE_EVERY === 0) this.#purge()
      },
      consume: async (id) => {
        const row = rows.get(id)
        if (row) row.consumedAt ??= Date.now()
      },
      destroy: async (id) => {
        rows.delete(id)
      },
      revokeByGrantId: async (grantId) => {
        this.deleteWhere(model, (payload) => payload.grantId === grantId)
      },
    }
  }

  revoke(userId: string): number {
    const ended = this.deleteWhere('Grant', (payload) => payload.accountId === userId)
    for (const model of GRANTABLE) this.deleteWhere(model, (payload) => payload.accountId === userId)
    return ended
  }

  /** Ends a grant with its tokens. */
  revokeGrant(grantId: string): void {
    this.#rowsOf('Grant').delete(grantId)
    for (const model of GRANTABLE) this.deleteWhere(model, (payload) => payload.grantId === grantId)
  }

  /** Returns the rows of a model that have not expired, oldest first. */
  list(model: string): { id: string; payload: AdapterPayload; expiresAt: number }[] {
    const now = Date.now()
    return [...this.#rowsOf(model)].flatMap(([id, { payload, expiresAt }]) =>
      expiresAt > now ? [{ id, payload, expiresAt }] : [],
    )
  }

  /**
   * Ends the oldest grants of a user for an application, beyond `limit`.
   *
   * @param newest - a grant that stays.
   * @returns what happened, or undefined when the limit was kept.
   */
  enforceLimit(
    userId: string,
    clientId: string,
    limit: number,
    newest: string,
  ): GrantLimitExceeded | undefined {
    const active = [...this.#rowsOf('Grant')].flatMap(([id, { payload }]) =>
      payload.accountId === userId && payload.clientId === clientId ? [id] : [],
    )
    const revokedGrantIds = active.filter((id) => id !== newest).slice(0, Math.max(0, active.length - limit))
    if (revokedGrantIds.length === 0) return undefined
    for (const grantId of revokedGrantIds) this.revokeGrant(grantId)
    return { revokedGrantIds, maxAllowedGrants: limit, preRevocationActiveGrantCount: active.length }
  }

  expire(userId: string): number {
    let expired = 0
    for (const { payload } of this.#rowsOf('RefreshToken').values()) {
      if (payload.accountId !== userId) continue
      payload.exp = Math.floor(Date.now() / 1000) - 1
      expired++
    }
    return expired
  }

  // Only a refresh token may be used again, within its window. A code that is used twice is refused at once.
  #visible(row: StoredPayload | undefined): AdapterPayload | undefined {
    if (!row) return undefined
    if (row.consumedAt === undefined) return { ...row.payload }
    const window = row.payload.kind === 'RefreshToken' ? this.#reuseWindowMs : 0
    if (Date.now() - row.consumedAt < window) return { ...row.payload }
    return { ...row.payload, consumed: Math.floor(row.consumedAt / 1000) }
  }

  #rowsOf(model: string): Map<string, StoredPayload> {
    const known = this.#models.get(model)
    if (known) return known
    const rows = new Map<string, StoredPayload>()
    this.#models.set(model, rows)
    return rows
  }

  /** Deletes rows of a model. Returns how many. */
  deleteWhere(model: string, matches: (payload: AdapterPayload) => boolean): number {
    const rows = this.#rowsOf(model)
    let deleted = 0
    for (const [id, { payload }] of rows) {
      if (!matches(payload)) continue
      rows.delete(id)
      deleted++
    }
    return deleted
  }

  #purge(): void {
    const now = Date.now()
    for (const rows of this.#models.values()) {
      for (const [id, row] of rows) if (row.expiresAt < now) rows.delete(id)
    }
  }
}
