import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { isObject } from '../../logto/is-object.js'
import { newPassword } from '../../testing/records/passwords.js'
import type { UserRecord } from '../../testing/records/records.js'
import type { PasswordVerification, Submission } from '../../testing/state/session-store.js'
import type { LogtoState } from '../../testing/state/state.js'
import { userInEvent } from '../../testing/state/users.js'
import type { GrantStore } from '../provider/grant-store.js'
import { newUserRefusal, passwordRefusal, type Refusal } from './refusal.js'

/** An interaction of oidc-provider. */
type OidcInteraction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Milliseconds between the user's creation and the webhook of the registration (docs/facts.md, "Webhooks"). */
const POST_REGISTER_DELAY_MS = 20

/** What a person does in an interaction. */
export type InteractionEvent = 'SignIn' | 'Register' | 'ForgotPassword'

/** What an interaction needs. */
export interface InteractionParts {
  state: LogtoState
  provider: Provider
  grants: GrantStore
  request: IncomingMessage
  response: ServerResponse
}

/**
 * One authorization request that waits for a person. The sign-in pages and the experience API use it to read and write
 * users, send webhooks and go on with oidc-provider.
 */
export class Interaction {
  readonly #parts: InteractionParts
  readonly #details: OidcInteraction

  private constructor(parts: InteractionParts, details: OidcInteraction) {
    this.#parts = parts
    this.#details = details
  }

  /** Resolves with the interaction that the request's cookie names, or undefined when it is unknown or over. */
  static async of(parts: InteractionParts): Promise<Interaction | undefined> {
    try {
      const details = await parts.provider.interactionDetails(parts.request, parts.response)
      return new Interaction(parts, details)
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

  /** Resolves with the user with these credentials, or why the sign-in is refused. Too many failures lock the identifier. */
  async verifyPassword(identifier: string, password: string): Promise<UserRecord | Refusal> {
    const { lockouts, users, signInExperience } = this.#state
    const now = this.#state.now()
    if (lockouts.isLocked(identifier, now)) {
      const message = 'Too many attempts in a short time. Please try again later.'
      return { code: 'session.verification_blocked_too_many_attempts', message, status: 400 }
    }
    const user = await users.authenticate(identifier, password)
    if (!user) {
      const policy = isObject(signInExperience.sentinelPolicy) ? signInExperience.sentinelPolicy : {}
      if (lockouts.recordFailure(identifier, now, policy)) {
        const type = identifier.includes('@') ? 'email' : 'username'
        this.#send('Identifier.Lockout', 'SignIn', { type, value: identifier })
      }
      const message = 'Incorrect account or password. Please check your input.'
      return { code: 'session.invalid_credentials', message, status: 422 }
    }
    lockouts.recordSuccess(identifier)
    return user.isSuspended ? suspended : user
  }

  /** Creates a user and sends `User.Created`; {@link finish} sends `PostRegister`. */
  register(identifier: string, password: string): UserRecord | Refusal {
    const refusal = newUserRefusal(this.#state, identifier) ?? passwordRefusal(this.#state, password)
    if (refusal) return refusal
    const named = identifier.includes('@') ? { primaryEmail: identifier } : { username: identifier }
    const user = this.#state.users.create({ ...named, password }, this.#state.defaultRoleIds())
    this.#send('User.Created', 'Register', { data: userInEvent(user) })
    return user
  }

  /** Sends a verification code. Returns a refusal after too many (recordings/webhooks/0181-msg-rate). */
  sendCode(recipient: string, event: InteractionEvent): Refusal | undefined {
    if (this.#state.messages.send(recipient, this.#state.now()) !== undefined) return undefined
    this.#send('Message.RateLimited', event, { action: 'VerificationCodeSend', recipient })
    const message = 'Too many messages sent to this recipient. Please try again later.'
    return { code: 'request.message_rate_limited', message, status: 429 }
  }

  /** Sets a new password for a person who has verified the email address (recordings/webhooks/0175 and 0176). */
  resetPassword(user: UserRecord, password: string): Refusal | undefined {
    const refusal = passwordRefusal(this.#state, password)
    if (refusal) return refusal
    this.#state.users.update(user, newPassword(password))
    this.#send('User.Data.Updated', 'ForgotPassword', { data: userInEvent(user) })
    this.#sendPostEvent('PostResetPassword', 'ForgotPassword', user)
    return undefined
  }

  /**
   * Ends the sign-in step: stores the time, sends the webhook and continues with oidc-provider.
   *
   * @param verified - the password that was right, for the session's record.
   * @returns the URL that the browser goes to next.
   */
  async finish(
    user: UserRecord,
    event: 'SignIn' | 'Register',
    verified: PasswordVerification[] = [],
  ): Promise<string> {
    this.#state.users.update(user, { lastSignInAt: this.#state.now() })
    this.#sendPostEvent(event === 'Register' ? 'PostRegister' : 'PostSignIn', event, user)
    const submission: Submission = {
      interactionEvent: event,
      userId: user.id,
      verificationRecords: verified,
      signInContext: { ip: this.#ip },
    }
    return this.#continue({ login: { accountId: user.id }, submission })
  }

  /** Ends the sign-in without a user: the application gets `access_denied`. */
  async cancel(): Promise<string> {
    return this.#continue({ error: 'access_denied', error_description: 'End-User aborted interaction' })
  }

  /** Grants everything that the application asks for, as Logto does for its own tenant's applications. */
  async consent(): Promise<string> {
    const { prompt, session, grantId } = this.#details
    const { Grant } = this.#parts.provider
    const accountId = session?.accountId
    if (accountId === undefined) throw new Error('consent comes only after a sign-in')
    const known = grantId === undefined ? undefined : await Grant.find(grantId)
    const grant = known ?? new Grant({ accountId, clientId: this.clientId })
    const { missingOIDCScope, missingResourceScopes } = prompt.details
    if (isStrings(missingOIDCScope)) grant.addOIDCScope(missingOIDCScope.join(' '))
    for (const [indicator, scopes] of Object.entries(
      isObject(missingResourceScopes) ? missingResourceScopes : {},
    )) {
      if (isStrings(scopes)) grant.addResourceScope(indicator, scopes.join(' '))
    }
    const saved = await grant.save()
    const { users } = this.#state
    const user = users.get(accountId)
    // A user belongs to the application of the first sign-in (recordings/webhooks/0002 and 0003).
    if (user?.applicationId === null) users.update(user, { applicationId: this.clientId })
    this.#enforceGrantLimit(accountId, saved)
    return this.#continue({ consent: { grantId: saved } })
  }

  get #state(): LogtoState {
    return this.#parts.state
  }

  #continue(result: Record<string, unknown>): Promise<string> {
    const { provider, request, response } = this.#parts
    return provider.interactionResult(request, response, result)
  }

  #enforceGrantLimit(userId: string, newest: string): void {
    const { clientId } = this
    const limit = this.#state.applications.get(clientId)?.customClientMetadata.maxAllowedGrants
    if (typeof limit !== 'number') return
    const exceeded = this.#parts.grants.enforceLimit(userId, clientId, limit, newest)
    if (!exceeded) return
    this.#trigger('Grant.LimitExceeded', { ip: this.#ip, userId, applicationId: clientId, ...exceeded })
  }

  #send(event: string, interactionEvent: InteractionEvent, fields: Record<string, unknown>): void {
    const { clientId: applicationId, id: sessionId } = this
    this.#trigger(event, { interactionEvent, applicationId, sessionId, ip: this.#ip, ...fields })
  }

  #sendPostEvent(event: string, interactionEvent: InteractionEvent, user: UserRecord): void {
    const fields = { interactionEvent, sessionId: this.id, userId: user.id, userIp: this.#ip }
    const afterMs = event === 'PostRegister' ? POST_REGISTER_DELAY_MS : 0
    this.#trigger(event, { ...fields, user: userInEvent(user) }, afterMs)
  }

  #trigger(event: string, fields: Record<string, unknown>, afterMs = 0): void {
    const { id, type, name, description } = this.#state.applications.get(this.clientId) ?? {}
    const application = id === undefined ? undefined : { id, type, name, description }
    const userAgent = this.#parts.request.headers['user-agent'] ?? ''
    this.#state.deliveries.trigger(event, { userAgent, application, ...fields }, afterMs)
  }

  // Logto listens on IPv6 too, so that it names an IPv4 address in that form.
  get #ip(): string {
    const address = this.#parts.request.socket.remoteAddress ?? '127.0.0.1'
    return address.includes(':') ? address : `::ffff:${address}`
  }
}

/** recordings/errors/signin-suspended-user.json */
const suspended: Refusal = { code: 'user.suspended', message: 'This account is suspended.', status: 401 }

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
