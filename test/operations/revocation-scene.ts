import { type ServerType, serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { createStorage } from 'unstorage'
import { vi } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { createApp, createDataAPI } from '../../src/http/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { createSession } from '../../src/session/index.js'
import { addHook } from '../../src/testing/seed/seed.js'
import { freePort } from '../support/free-port.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { openPglite } from '../support/pglite.js'
import type { Mode, Way } from './revocation-table.js'
import { SessionPerson, type SignedIn, TokenPerson } from './signed-in.js'

export const SCOPE = 'use:everything'
export const ROLE = 'member'
const PASSWORD = 'correct-horse-1'
export const COOKIE_SECRET = 'a secret for tests, long enough to be one'
export const SIGNING_KEY = 'signing-key-of-the-revocations'
const SPA = { appId: 'spa', redirectUri: 'http://127.0.0.1:5173/callback' }
const QUIET = { info: () => {}, warn: () => {}, error: () => {} }

/** What the deliveries of Logto meet, so that this way of the sync is the one that is left. */
const DELIVERIES = {
  none: { drop: 1 },
  event: { reorder: 1 },
  replay: { fail: 1 },
  reconcile: { drop: 1 },
} as const satisfies Record<Way, object>

/** The secrets of an application. */
export interface Secrets {
  cookieSecret?: string | string[]
  appSecret?: string
  signingKey?: string | string[]
}

/** An application in one of the modes, which people sign in to. */
export interface Application {
  fetch(request: Request): Response | Promise<Response>
  /** The same application in another process: it shares the store, if there is one, and no memory. */
  another(secrets?: Secrets): Application
}

/** One Logto, one database and one port for all applications. */
export class Scene {
  readonly baseUrl: string
  readonly logto: EmbeddedLogto
  readonly hookId: string
  readonly #app: TestApp
  readonly #server: ServerType
  readonly #closeDatabase: () => Promise<void>
  #current: Application | undefined
  #people = 0

  private constructor(
    baseUrl: string,
    logto: EmbeddedLogto,
    hookId: string,
    app: TestApp,
    close: () => Promise<void>,
  ) {
    this.baseUrl = baseUrl
    this.logto = logto
    this.hookId = hookId
    this.#app = app
    this.#closeDatabase = close
    this.#server = serve({
      fetch: (request) => this.#current?.fetch(request) ?? new Response(null, { status: 503 }),
      port: Number(new URL(baseUrl).port),
      hostname: '127.0.0.1',
      overrideGlobalObjects: false,
    })
  }

  static async start(): Promise<Scene> {
    const baseUrl = `http://127.0.0.1:${await freePort()}`
    const logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      backchannelLogout: { allowPrivateAddresses: true },
      resources: [{ indicator: `${baseUrl}/interaction`, scopes: [SCOPE] }],
      roles: [{ name: ROLE, isDefault: true, scopes: [SCOPE] }],
      applications: [
        { id: SPA.appId, name: 'Page', type: 'SPA', redirectUris: [SPA.redirectUri] },
        {
          id: 'web',
          name: 'Web',
          type: 'Traditional',
          secret: 'web-secret',
          redirectUris: [`${baseUrl}/auth/callback`],
          postLogoutRedirectUris: [`${baseUrl}/`],
        },
        { id: 'm2m', name: 'API', type: 'MachineToMachine', secret: 'm2m-secret', managementApi: true },
        {
          id: 'other-machine',
          name: 'Other',
          type: 'MachineToMachine',
          secret: 'old-secret',
          managementApi: true,
        },
      ],
    })
    const hook = addHook(logto.state, { url: `${baseUrl}/api/syncUser`, signingKey: SIGNING_KEY })
    const database = openPglite()
    const app = await startApp(database, { logto: new Client(logto.url, 'm2m', 'm2m-secret', baseUrl) })
    return new Scene(baseUrl, logto, hook.id, app, () => database.close())
  }

  get sync(): TestApp['sync'] {
    return this.#app.sync
  }

  /** Starts an application that has this way of the sync, and serves it where Logto and browsers find it. */
  serve(mode: Mode, way: Way): Application {
    this.logto.faults.webhooks(DELIVERIES[way])
    const store = mode === 'store' ? { store: createStorage() } : {}
    const start = (secrets: Secrets = {}): Application => {
      const app = this.#createApp(mode, way, { ...store, ...secrets })
      return { fetch: (request) => app.fetch(request), another: start }
    }
    this.#current = start()
    return this.#current
  }

  /** Signs a new person in. Their record is there, so that nothing has to be provisioned. */
  async signIn(mode: Mode, application: Application): Promise<SignedIn> {
    const username = `person${++this.#people}`
    const { id } = this.logto.state.users.create(
      { username, password: PASSWORD },
      this.logto.state.defaultRoleIds(),
    )
    await this.sync.ensureUser(id)
    const credentials = { username, password: PASSWORD }
    const common = { userId: id, logtoUrl: this.logto.url, baseUrl: this.baseUrl, scope: SCOPE }
    return mode === 'token'
      ? TokenPerson.signIn({ ...common, ...SPA, application }, credentials)
      : SessionPerson.signIn({ ...common, application }, credentials)
  }

  /** A request to Logto's Management API. */
  async manage(method: string, path: string, body?: unknown): Promise<unknown> {
    const client = new Client(this.logto.url, 'm2m', 'm2m-secret', this.baseUrl)
    const authorization = `Bearer ${await client.getManagementToken()}`
    const response = await fetch(`${this.logto.url}/api${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
    return response.status === 204 ? undefined : response.json()
  }

  /** Registers the back-channel logout of the web application at Logto, or takes it away. */
  registerBackChannelLogout(isRegistered: boolean): void {
    const metadata = this.logto.state.applications.get('web')?.oidcClientMetadata
    if (!metadata) throw new Error('the web application is gone')
    if (isRegistered) metadata.backchannelLogoutUri = `${this.baseUrl}/auth/back-channel-logout`
    else delete metadata.backchannelLogoutUri
  }

  async close(): Promise<void> {
    this.#server.close()
    await this.logto.close()
    await this.#closeDatabase()
  }

  #createApp(
    mode: Mode,
    way: Way,
    {
      cookieSecret = COOKIE_SECRET,
      appSecret = 'web-secret',
      signingKey = SIGNING_KEY,
      ...store
    }: Secrets & { store?: ReturnType<typeof createStorage> },
  ): Hono {
    const session =
      mode === 'token'
        ? undefined
        : createSession({
            logtoEndpoint: this.logto.url,
            appId: 'web',
            appSecret,
            cookieSecret,
            baseUrl: this.baseUrl,
            scopes: [SCOPE],
            requiredScopes: [SCOPE],
            logger: QUIET,
            ...store,
          })
    const client = new Client({ logtoEndpoint: this.logto.url, interaqtEndpoint: this.baseUrl })
    return createApp(this.#app.controller, {
      parseUserId: session?.parseUserId ?? createParseUserId(client, { requiredScopes: [SCOPE] }),
      ...(session && { session }),
      ...(way === 'none' ? { sync: false, webhook: false } : { sync: this.sync, webhook: { signingKey } }),
      apis: { whoAmI: createDataAPI(({ logtoId }) => ({ logtoId })) },
      logger: QUIET,
    })
  }
}

/** Moves the clock of this process, Logto's included, forward. */
export function later(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1_000 })
}
