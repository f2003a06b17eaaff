import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import type { UserRecord } from '../testing/records.js'
import type { LogtoState } from '../testing/state.js'
import { userInEvent } from '../testing/users.js'

/** An interaction of oidc-provider. */
type OidcInteraction = Awaited<ReturnType<Provider['interactionDetails']>>

/** How long after the user's creation Logto reports the registration, milliseconds (TRUTH "webhooks"). */
const POST_REGISTER_DELAY_MS = 20

/** Why a sign-in or a sign-up was refused. `field` is the form's field to look at. */
export interface InteractionRefusal {
  code: string
  message: string
  status: number
  field?: 'identifier' | 'password'
}

/** Which kind of interaction an event reports. */
export type InteractionEvent = 'SignIn' | 'Register'

/**
 * A person's way through one authorization request: what the sign-in pages and the experience API do with the user
 * table, the webhooks and oidc-provider.
 */
export class Interaction {
  readonly #state: LogtoState
  readonly #provider: Provider
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #details: OidcInteraction

  private constructor(
    state: LogtoState,
    provider: Provider,
    request: IncomingMessage,
    response: ServerResponse,
    details: OidcInteraction,
  ) {
    this.#state = state
    this.#provider = provider
    this.#request = request
    this.#response = response
    this.#details = details
  }

  /** The interaction that the request's cookie names, or undefined when it is unknown or over. */
  static async of(
    state: LogtoState,
    provider: Provider,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Interaction | undefined> {
    try {
      const details = await provider.interactionDetails(request, response)
      return new Interaction(state, provider, request, response, details)
    } catch (error) {
      if (error instanceof Error && error.name === 'SessionNotFound') return undefined
      throw error
    }
  }

  get id(): string {
    return this.#details.uid
  }

  get clientId(): string {
    return String(this.#details.params.client_id)
  }

  /** Name of the application that asks. */
  get applicationName(): string {
    return this.#state.applications.get(this.clientId)?.name ?? 'the application'
  }

  /** What the application suggests as identifier. */
  get loginHint(): string {
    const hint = this.#details.params.login_hint
    return typeof hint === 'string' ? hint : ''
  }

  /** The user with these credentials, or why not. */
  verifyPassword(identifier: string, password: string): UserRecord | InteractionRefusal {
    const user = this.#state.users.authenticate(identifier, password)
    if (!user) {
      const message = 'Incorrect account or password. Please check your input.'
      return { code: 'session.invalid_credentials', message, status: 422 }
    }
    return user.isSuspended
      ? { code: 'user.suspended', message: 'This account is suspended.', status: 401 }
      : user
  }

  /** Creates a user and reports it; the registration itself is reported by {@link finish}. */
  register(identifier: string, password: string): UserRecord | InteractionRefusal {
    const refusal = this.#refuseNewUser(identifier, password)
    if (refusal) return refusal
    const named = identifier.includes('@') ? { primaryEmail: identifier } : { username: identifier }
    const user = this.#state.users.create({ ...named, password }, this.#state.defaultRoleIds())
    const { application, userAgent, ip } = this.#origin()
    this.#state.deliveries.trigger('User.Created', {
      event: 'User.Created',
      createdAt: new Date(this.#state.now()).toISOString(),
      interactionEvent: 'Register',
      userAgent,
      applicationId: this.clientId,
      sessionId: this.id,
      ip,
      application,
      data: userInEvent(user),
    })
    return user
  }

  /**
   * Ends the sign-in step: remembers the sign-in, reports it and hands over to oidc-provider.
   *
   * @returns the URL where the browser goes on.
   */
  async finish(user: UserRecord, interactionEvent: InteractionEvent): Promise<string> {
    this.#state.users.update(user, { lastSignInAt: this.#state.now() })
    const { application, userAgent, ip } = this.#origin()
    const event = interactionEvent === 'Register' ? 'PostRegister' : 'PostSignIn'
    const payload = {
      event,
      interactionEvent,
      createdAt: new Date(this.#state.now()).toISOString(),
      sessionId: this.id,
      userAgent,
      userId: user.id,
      userIp: ip,
      user: userInEvent(user),
      application,
    }
    this.#state.deliveries.trigger(
      event,
      payload,
      interactionEvent === 'Register' ? POST_REGISTER_DELAY_MS : 0,
    )
    return this.#provider.interactionResult(this.#request, this.#response, { login: { accountId: user.id } })
  }

  /** Ends the sign-in without a user: the application gets `access_denied`. */
  async cancel(): Promise<string> {
    return this.#provider.interactionResult(this.#request, this.#response, {
      error: 'access_denied',
      error_description: 'End-User aborted interaction',
    })
  }

  /** Grants everything that the application asks for, as Logto does for its own tenant's applications. */
  async consent(): Promise<string> {
    const { prompt, session, grantId } = this.#details
    const accountId = session?.accountId
    if (accountId === undefined) throw new Error('consent is asked for after sign-in only')
    const known = grantId === undefined ? undefined : await this.#provider.Grant.find(grantId)
    const grant = known ?? new this.#provider.Grant({ accountId, clientId: this.clientId })
    const { missingOIDCScope, missingResourceScopes } = prompt.details
    if (isStrings(missingOIDCScope)) grant.addOIDCScope(missingOIDCScope.join(' '))
    for (const [indicator, scopes] of Object.entries(
      isObject(missingResourceScopes) ? missingResourceScopes : {},
    )) {
      if (isStrings(scopes)) grant.addResourceScope(indicator, scopes.join(' '))
    }
    this.#rememberFirstApplication(accountId)
    return this.#provider.interactionResult(this.#request, this.#response, {
      consent: { grantId: await grant.save() },
    })
  }

  // A user belongs to the application through which they first came (recordings/webhooks/0002 and 0003).
  #rememberFirstApplication(userId: string): void {
    const user = this.#state.users.get(userId)
    if (user && user.applicationId === null) this.#state.users.update(user, { applicationId: this.clientId })
  }

  #refuseNewUser(identifier: string, password: string): InteractionRefusal | undefined {
    const isEmail = identifier.includes('@')
    if (isEmail ? !/^\S+@\S+\.\S+$/.test(identifier) : !/^[A-Z_a-z]\w*$/.test(identifier)) {
      const message =
        'Use an email address, or a username of letters, digits and _ that does not begin with a digit.'
      return { code: 'guard.invalid_input', message, status: 400, field: 'identifier' }
    }
    if (this.#state.users.holding(isEmail ? 'primaryEmail' : 'username', identifier)) {
      return isEmail
        ? refusalFor('user.email_already_in_use', 'This email is associated with an existing account.')
        : refusalFor('user.username_already_in_use', 'This username is already in use.')
    }
    const min = this.#minimumPasswordLength()
    if (password.length < min) {
      const message = `The password needs at least ${min} characters.`
      return { code: 'password.rejected', message, status: 422, field: 'password' }
    }
    return undefined
  }

  #minimumPasswordLength(): number {
    const policy = this.#state.signInExperience.passwordPolicy
    const length = isObject(policy) && isObject(policy.length) ? policy.length.min : undefined
    return typeof length === 'number' ? length : 8
  }

  #origin() {
    const row = this.#state.applications.get(this.clientId)
    const application = row && { id: row.id, type: row.type, name: row.name, description: row.description }
    const userAgent = this.#request.headers['user-agent'] ?? ''
    const address = this.#request.socket.remoteAddress ?? '127.0.0.1'
    return { application, userAgent, ip: address.includes(':') ? address : `::ffff:${address}` }
  }
}

const refusalFor = (code: string, message: string): InteractionRefusal => ({
  code,
  message,
  status: 422,
  field: 'identifier',
})

/** Whether an outcome is a refusal rather than a user. */
export const isRefusal = (outcome: UserRecord | InteractionRefusal): outcome is InteractionRefusal =>
  'code' in outcome && 'message' in outcome

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
