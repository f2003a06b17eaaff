import { WEBHOOK_EVENTS } from '../../src/logto/index.js'
import type { LogtoVersion } from '../../src/testing/index.js'
import { connect, type LogtoUnderContract } from './connect.js'
import { expectLike, type Replay } from './expect-like.js'
import { type Answer, send, sendForm, text } from './http.js'
import { LeftBehind } from './left-behind.js'
import { type Authorization, type AuthorizationParameters, type Credentials, Person } from './person.js'
import { readRecordingsAs, recordedExchange, recording } from './recordings.js'
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.js'

export const REDIRECT_URI = 'http://127.0.0.1:4173/callback'
export const APP_ORIGIN = 'http://127.0.0.1:4173'
const POST_LOGOUT_REDIRECT_URI = 'http://127.0.0.1:4173/'
export const MANAGEMENT_API = 'https://default.logto.app/api'
export const PASSWORD = 'Str0ngPassw0rd!x9'

/** All scopes of Logto's own that the recorded sign-ins asked for. */
export const ALL_SCOPES =
  'openid profile email phone offline_access custom_data identities roles urn:logto:scope:organizations urn:logto:scope:organization_roles'

/** Settings that the suite changes, and their fields. */
const SETTINGS = {
  '/sign-in-exp': ['passwordPolicy', 'signIn', 'signUp'],
  '/account-center': ['enabled', 'fields'],
}

/** A request of the Management API. */
export interface ManagementRequest {
  headers?: Record<string, string>
  body?: unknown
}

/**
 * What the cases work with: a Logto, what was made in it through its Management API under a prefix of its own, and a
 * listener for its webhooks. Everything made is removed in the end, whatever made it.
 */
export class World {
  readonly prefix = `ct_${Math.random().toString(36).slice(2, 8)}`
  readonly logto: LogtoUnderContract
  readonly receiver: WebhookReceiver
  #token = ''
  readonly #leftBehind = new LeftBehind((...request) => this.management(...request))
  #serial = 0

  // Made in #build, in this order.
  spa = { id: '' }
  machine = { id: '', secret: '' }
  /** A machine without the role for the Management API. */
  plainMachine = { id: '', secret: '' }
  resource = { id: '', indicator: '' }
  scopes = { read: '', write: '' }
  /** Grants both scopes of the resource. */
  role = { id: '', name: '' }
  managementRole = { id: '' }
  /** Has the role and is a member of the organization. */
  alice = { id: '', username: '', password: PASSWORD }
  /** Has neither. */
  norole = { id: '', username: '', password: PASSWORD }
  organization = { id: '' }
  organizationRole = { id: '', name: '' }
  hook = { id: '', signingKey: '' }

  private constructor(logto: LogtoUnderContract, receiver: WebhookReceiver) {
    this.logto = logto
    this.receiver = receiver
  }

  /** @param version - of the Logto, where the environment names none; default the release. */
  static async create(version?: LogtoVersion): Promise<World> {
    const world = new World(await connect(version), await startWebhookReceiver())
    readRecordingsAs(world.logto.version)
    try {
      await world.#build()
      return world
    } catch (error) {
      // A real Logto must not keep half a world. Why it could not be built matters more than what is left of it.
      await world.destroy().catch(() => {})
      throw error
    }
  }

  /**
   * Removes everything that was made, puts the settings back and stops listening.
   *
   * @throws Error that names what could not be removed.
   */
  async destroy(): Promise<void> {
    try {
      const left = await this.#leftBehind.clear(this.prefix)
      if (left.length > 0) throw new Error(`the suite could not remove ${left.join(', ')}`)
    } finally {
      await this.receiver.close()
      await this.logto.close()
    }
  }

  get endpoint(): string {
    return this.logto.endpoint
  }

  get issuer(): string {
    return `${this.endpoint}/oidc`
  }

  /** A name of our own that nobody else uses. */
  name(what = 'x'): string {
    return `${this.prefix}_${what}_${++this.#serial}`
  }

  /** A person without a session. */
  person(): Person {
    return new Person(this.endpoint)
  }

  /** A request to the Management API with a valid token. `path` is below `/api`. */
  async management(method: string, path: string, request: ManagementRequest = {}): Promise<Answer> {
    let answer = await this.#manage(method, path, request)
    // After two key rotations the token has no key any more; a new one has.
    if (JSON.stringify(answer.body).includes('ERR_JWKS_NO_MATCHING_KEY')) {
      await this.#authenticate()
      answer = await this.#manage(method, path, request)
    }
    this.#leftBehind.watch(method, path, answer)
    return answer
  }

  /** As {@link management}, but fails unless the answer is a success. */
  async made(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.management(method, path, { body })
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    return answer
  }

  /** Creates something through the Management API. */
  async make(path: string, body: unknown): Promise<Record<string, unknown> & { id: string }> {
    const answer = await this.made('POST', path, body)
    return { ...answer.fields, id: text(answer, 'id') }
  }

  async makeUser(fields: Record<string, unknown> = {}): Promise<Credentials & { id: string }> {
    const username = this.name('user')
    const { id } = await this.make('/users', { username, password: PASSWORD, ...fields })
    return { id, username, password: PASSWORD }
  }

  /** Sends a recorded Management API request again and compares the answer with the recorded one. */
  async replay(path: string, replay: Replay = {}): Promise<Answer> {
    const { request, response } = recordedExchange(path)
    const recordedPath = request.url.replace(/^https?:\/\/[^/]+\/api/, '')
    const body = 'body' in replay ? replay.body : request.body
    const answer = await this.management(request.method, replay.path ?? recordedPath, { body })
    expectLike(answer, response, replay)
    return answer
  }

  /** A token request. */
  token(form: Record<string, string | undefined>, headers?: Record<string, string>): Promise<Answer> {
    return sendForm(`${this.endpoint}/oidc/token`, form, headers)
  }

  /** A machine's token request. */
  machineToken(form: Record<string, string | undefined>, machine = this.machine): Promise<Answer> {
    return this.token({
      grant_type: 'client_credentials',
      client_id: machine.id,
      client_secret: machine.secret,
      ...form,
    })
  }

  /** The parameters of the recorded authorization requests, with these changed. */
  authorization(changed: AuthorizationParameters = {}): AuthorizationParameters {
    return {
      client_id: this.spa.id,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: `${ALL_SCOPES} interaction:read interaction:write`,
      resource: this.resource.indicator,
      state: 'contract-state',
      prompt: 'consent',
      ...changed,
    }
  }

  /** Signs a user in and returns the code. */
  signIn(
    credentials: Credentials = this.alice,
    changed: AuthorizationParameters = {},
  ): Promise<Authorization> {
    return this.person().authorize(this.authorization(changed), credentials)
  }

  /** Exchanges a code. */
  exchange(authorization: Authorization, changed: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.token({
      client_id: this.spa.id,
      grant_type: 'authorization_code',
      code: authorization.code,
      redirect_uri: authorization.redirectUri,
      code_verifier: authorization.verifier,
      ...changed,
    })
  }

  /** Signs a user in and exchanges the code without a resource, as `@logto/browser` does. */
  async tokens(
    credentials: Credentials = this.alice,
    changed: AuthorizationParameters = {},
  ): Promise<Answer> {
    const answer = await this.exchange(await this.signIn(credentials, changed))
    if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
    return answer
  }

  /** Uses a refresh token. */
  refresh(refreshToken: string, changed: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.token({
      client_id: this.spa.id,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...changed,
    })
  }

  /** The user info endpoint's answer to an access token. */
  userinfo(accessToken: string): Promise<Answer> {
    return send(`${this.endpoint}/oidc/me`, { headers: { authorization: `Bearer ${accessToken}` } })
  }

  #manage(method: string, path: string, { headers = {}, body }: ManagementRequest): Promise<Answer> {
    return send(`${this.endpoint}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        'user-agent': 'node',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  }

  async #authenticate(): Promise<void> {
    const { id, secret } = this.logto.machine
    const token = await sendForm(this.logto.tokenEndpoint, {
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
      resource: MANAGEMENT_API,
      scope: 'all',
    })
    this.#token = text(token, 'access_token')
  }

  async #build(): Promise<void> {
    await this.#authenticate()
    for (const [path, names] of Object.entries(SETTINGS)) {
      this.#leftBehind.keep(path, (await this.made('GET', path)).fields, names)
    }
    // The recorded sign-ins are by username; and offline, Logto's check for leaked passwords would make every sign-up
    // fail (docs/facts.md, "Management API").
    const { response } = recording<{ response: { body: Record<string, unknown> } }>(
      'mgmt/sign-in-exp-default.json',
    )
    const { signIn, signUp, passwordPolicy } = response.body
    await this.made('PATCH', '/sign-in-exp', { signIn, signUp, passwordPolicy })
    await this.#buildApplications()
    await this.#buildResource()
    await this.#buildUsers()
    const hook = await this.make('/hooks', {
      name: this.name('hook'),
      events: WEBHOOK_EVENTS,
      config: { url: this.receiver.url, headers: { 'x-custom-header': 'from-config' } },
    })
    this.hook = { id: hook.id, signingKey: String(hook.signingKey) }
  }

  async #buildApplications(): Promise<void> {
    const spa = await this.make('/applications', {
      name: this.name('spa'),
      description: 'SPA for the contract suite',
      type: 'SPA',
      oidcClientMetadata: {
        redirectUris: [REDIRECT_URI],
        postLogoutRedirectUris: [POST_LOGOUT_REDIRECT_URI],
      },
    })
    this.spa = { id: spa.id }
    const roles = await this.made('GET', '/roles?type=MachineToMachine&page_size=100')
    const list = Array.isArray(roles.body) ? roles.body : []
    this.managementRole = { id: list.find(({ name }) => name === 'Logto Management API access').id }
    this.machine = await this.#makeMachine()
    await this.made('POST', `/applications/${this.machine.id}/roles`, { roleIds: [this.managementRole.id] })
    this.plainMachine = await this.#makeMachine()
  }

  async #makeMachine(): Promise<{ id: string; secret: string }> {
    const { id } = await this.make('/applications', { name: this.name('m2m'), type: 'MachineToMachine' })
    const { body } = await this.made('GET', `/applications/${id}/secrets`)
    return { id, secret: Array.isArray(body) ? String(body[0].value) : '' }
  }

  async #buildResource(): Promise<void> {
    const indicator = `http://127.0.0.1:4000/${this.name('interaction')}`
    const resource = await this.make('/resources', {
      name: 'interaction API',
      indicator,
      accessTokenTtl: 3600,
    })
    this.resource = { id: resource.id, indicator }
    const scope = async (name: string): Promise<string> =>
      text(await this.made('POST', `/resources/${resource.id}/scopes`, { name, description: name }), 'id')
    this.scopes = { read: await scope('interaction:read'), write: await scope('interaction:write') }
    const name = this.name('editor')
    const scopeIds = Object.values(this.scopes)
    const role = await this.make('/roles', { name, description: 'Editor', type: 'User', scopeIds })
    this.role = { id: role.id, name }
  }

  async #buildUsers(): Promise<void> {
    this.alice = await this.makeUser()
    this.norole = await this.makeUser()
    await this.made('POST', `/users/${this.alice.id}/roles`, { roleIds: [this.role.id] })
    const organization = await this.make('/organizations', {
      name: this.name('Acme'),
      description: 'Acme Inc',
    })
    this.organization = { id: organization.id }
    await this.made('POST', `/organizations/${organization.id}/users`, { userIds: [this.alice.id] })
    await this.made('POST', `/organizations/${organization.id}/applications`, {
      applicationIds: [this.machine.id],
    })
    const name = this.name('org-editor')
    const role = await this.make('/organization-roles', { name, description: 'e' })
    this.organizationRole = { id: role.id, name }
    await this.made('POST', `/organizations/${organization.id}/users/roles`, {
      userIds: [this.alice.id],
      organizationRoleIds: [role.id],
    })
  }
}
