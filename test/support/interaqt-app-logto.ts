import type { LoggedDelivery, LogtoSource } from '../../src/interaqt/index.js'
import type { LogtoUser } from '../../src/logto/index.js'
import type { LogtoWebhookEvent } from '../../src/webhook/index.js'

/**
 * Logto as the sync sees it, in memory: users with Logto's `updatedAt`, the events that its writes cause in the shapes
 * of recordings/webhooks, and its delivery log. Time only moves by `advance` and by one millisecond a write.
 */
export class FakeLogto implements LogtoSource {
  readonly rows = new Map<string, LogtoUser>()
  readonly deliveries: LoggedDelivery[] = []
  now = 1_795_424_353_000
  /** Requests that were made, by kind. */
  readonly requests = { getUser: 0, users: 0, recentDeliveries: 0 }
  /** Thrown by every request while it is set. */
  failure: Error | undefined
  /** Awaited before `getUser` reads. */
  beforeGetUser: (logtoId: string) => Promise<unknown> | undefined = () => undefined

  create(id: string, fields: Partial<LogtoUser> = {}): LogtoWebhookEvent {
    const now = this.#tick()
    const user: LogtoUser = {
      id,
      username: id,
      primaryEmail: null,
      primaryPhone: null,
      name: null,
      avatar: null,
      customData: {},
      identities: {},
      profile: {},
      applicationId: null,
      isSuspended: false,
      lastSignInAt: null,
      createdAt: now,
      updatedAt: now,
      hasPassword: true,
      ...fields,
    }
    this.rows.set(id, user)
    return this.event('User.Created', user, {
      path: '/users',
      method: 'POST',
      params: {},
      matchedRoute: '/users',
    })
  }

  update(id: string, fields: Partial<LogtoUser>): LogtoWebhookEvent {
    return this.event('User.Data.Updated', this.#write(id, fields), routeOf(id, '', 'PATCH'))
  }

  patchCustomData(id: string, patch: Record<string, unknown>): LogtoWebhookEvent {
    const customData = { ...this.#row(id).customData, ...patch }
    this.#write(id, { customData })
    return this.event('User.Data.Updated', customData, routeOf(id, '/custom-data', 'PATCH'))
  }

  suspend(id: string, isSuspended = true): LogtoWebhookEvent {
    return this.event(
      'User.SuspensionStatus.Updated',
      this.#write(id, { isSuspended }),
      routeOf(id, '/is-suspended', 'PATCH'),
    )
  }

  signIn(id: string): LogtoWebhookEvent {
    const { hasPassword: _, ...user } = this.#write(id, { lastSignInAt: this.now })
    return {
      event: 'PostSignIn',
      hookId: 'hook',
      createdAt: new Date(this.now).toISOString(),
      interactionEvent: 'SignIn',
      sessionId: 'session',
      userId: id,
      user: structuredClone(user),
    }
  }

  delete(id: string): LogtoWebhookEvent {
    const { hasPassword: _, ...user } = this.#row(id)
    this.#tick()
    this.rows.delete(id)
    return this.event('User.Deleted', user, routeOf(id, '', 'DELETE'))
  }

  advance(ms: number): void {
    this.now += ms
  }

  /** Logs a delivery, as Logto does after its only attempt. */
  log(event: LogtoWebhookEvent, result: 'Success' | 'Error'): void {
    const createdAt = this.#tick()
    this.deliveries.push({
      id: `log-${this.deliveries.length}`,
      createdAt,
      payload: { result, hookRequest: { body: JSON.parse(JSON.stringify(event)) } },
    })
  }

  event(name: string, data: unknown, cause: Record<string, unknown> = {}): LogtoWebhookEvent {
    // A body comes as JSON; what it holds later must not change with the user.
    return JSON.parse(
      JSON.stringify({
        event: name,
        hookId: 'hook',
        createdAt: new Date(this.now).toISOString(),
        ...cause,
        data,
      }),
    )
  }

  async getUser(id: string, _options?: { signal?: AbortSignal }): Promise<LogtoUser | undefined> {
    this.requests.getUser++
    await this.beforeGetUser(id)
    if (this.failure) throw this.failure
    return structuredClone(this.rows.get(id))
  }

  async *users(): AsyncGenerator<LogtoUser> {
    const ids = [...this.rows.keys()].reverse()
    for (const [index, id] of ids.entries()) {
      if (index % 100 === 0) this.requests.users++
      if (this.failure) throw this.failure
      const user = this.rows.get(id)
      if (user) yield structuredClone(user)
    }
  }

  async *recentDeliveries(
    _hookId: string,
    { startTime = 0, endTime = Number.POSITIVE_INFINITY }: { startTime?: number; endTime?: number } = {},
  ): AsyncGenerator<LoggedDelivery> {
    this.requests.recentDeliveries++
    if (this.failure) throw this.failure
    yield* this.deliveries
      .filter(({ createdAt }) => createdAt >= startTime && createdAt <= endTime)
      .sort((one, other) => other.createdAt - one.createdAt)
  }

  #row(id: string): LogtoUser {
    const user = this.rows.get(id)
    if (!user) throw new Error(`no user ${id}`)
    return user
  }

  #write(id: string, fields: Partial<LogtoUser>): LogtoUser {
    const user = { ...this.#row(id), ...fields, updatedAt: fields.updatedAt ?? this.#tick() }
    this.rows.set(id, user)
    return user
  }

  #tick(): number {
    return ++this.now
  }
}

function routeOf(id: string, rest: string, method: string) {
  return {
    path: `/users/${id}${rest}`,
    method,
    status: 200,
    params: { userId: id },
    matchedRoute: `/users/:userId${rest}`,
  }
}
