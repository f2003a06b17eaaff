import { type ServerType, serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { decodeProtectedHeader } from 'jose'
import { createStorage } from 'unstorage'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { createApp, createDataAPI } from '../../src/http/index.js'
import { DEFAULT_MANAGEMENT_API_RESOURCE } from '../../src/logto/index.js'
import { Client } from '../../src/server/index.js'
import { createSession } from '../../src/session/index.js'
import { accessTokenClaims, signAccessToken } from '../../src/testing/oidc/access-token.js'
import type { HookRecord } from '../../src/testing/records/records.js'
import { addHook } from '../../src/testing/seed/seed.js'
import { freePort } from '../support/free-port.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import type { TestDatabase } from '../support/postgres.js'
import { SessionPerson } from './signed-in.js'

const QUIET = { info: () => {}, warn: () => {}, error: () => {} }
/** So short that tokens of people and of the machine are renewed all the time. */
const ACCESS_TOKEN_SECONDS = 2
const ADMIN = 'admin'
export const OLD = {
  cookieSecret: ['the cookie secret of before, long enough'],
  appSecret: 'machine-secret',
  webAppSecret: 'web-secret',
  signingKey: ['signing-key-of-before'],
}

/** The settings that a drill replaces. */
export type Settings = typeof OLD

interface Process {
  app: Hono
  sync: TestApp['sync']
}

/** An application of two processes behind a load balancer, with a store of sessions, one PostgreSQL and one Logto. */
export class Cluster {
  readonly logto: EmbeddedLogto
  readonly baseUrl: string
  readonly hook: HookRecord
  readonly #database: TestDatabase
  readonly #server: ServerType
  readonly #store = createStorage()
  #processes: Process[] = []
  #requests = 0
  #settings: Settings = OLD

  private constructor(logto: EmbeddedLogto, hook: HookRecord, baseUrl: string, database: TestDatabase) {
    this.logto = logto
    this.baseUrl = baseUrl
    this.hook = hook
    this.#database = database
    this.#server = serve({
      fetch: (request) => this.fetch(request),
      port: Number(new URL(baseUrl).port),
      hostname: '127.0.0.1',
      overrideGlobalObjects: false,
    })
  }

  static async start(database: TestDatabase): Promise<Cluster> {
    const baseUrl = `http://127.0.0.1:${await freePort()}`
    const logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      accessTokenTtl: ACCESS_TOKEN_SECONDS,
      resources: [{ indicator: `${baseUrl}/interaction` }],
      applications: [
        {
          id: 'web',
          name: 'Web',
          type: 'Traditional',
          secret: OLD.webAppSecret,
          redirectUris: [`${baseUrl}/auth/callback`],
          postLogoutRedirectUris: [`${baseUrl}/`],
        },
        { id: 'm2m', name: 'API', type: 'MachineToMachine', secret: OLD.appSecret, managementApi: true },
        { id: ADMIN, name: 'Admin', type: 'MachineToMachine', managementApi: true },
      ],
    })
    const managementApi = logto.state.resourceByIndicator(DEFAULT_MANAGEMENT_API_RESOURCE)
    if (managementApi) managementApi.accessTokenTtl = ACCESS_TOKEN_SECONDS
    const [signingKey = ''] = OLD.signingKey
    const hook = addHook(logto.state, { url: `${baseUrl}/api/syncUser`, signingKey })
    const cluster = new Cluster(logto, hook, baseUrl, database)
    cluster.#processes = [await cluster.#boot(true), await cluster.#boot(false)]
    return cluster
  }

  /** What the load balancer does: each request goes to the next process. */
  fetch(request: Request): Response | Promise<Response> {
    const process = this.#processes[this.#requests++ % this.#processes.length]
    return process ? process.app.fetch(request) : new Response(null, { status: 503 })
  }

  /** A rolling deployment: one process at a time is replaced, and both kinds serve meanwhile. */
  async deploy(change: Partial<Settings>, meanwhile: () => Promise<unknown>): Promise<void> {
    this.#settings = { ...this.#settings, ...change }
    for (const index of this.#processes.keys()) {
      this.#processes[index] = await this.#boot(false)
      await meanwhile()
    }
  }

  get sync(): TestApp['sync'] {
    const [process] = this.#processes
    if (!process) throw new Error('nothing runs')
    return process.sync
  }

  /** Signs somebody in, by a session. */
  async signIn(username: string): Promise<SessionPerson> {
    const password = 'correct-horse-1'
    const { id: userId } = this.logto.state.users.create({ username, password })
    const place = { userId, logtoUrl: this.logto.url, baseUrl: this.baseUrl, scope: '', application: this }
    return SessionPerson.signIn(place, { username, password })
  }

  /** A request to the Management API, by an administrator whose secret stays as it is. */
  async manage(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const grant = { sub: ADMIN, clientId: ADMIN, audience: DEFAULT_MANAGEMENT_API_RESOURCE, scope: 'all' }
    const claims = accessTokenClaims(this.logto.state, { ...grant, expiresIn: 3_600 })
    const authorization = `Bearer ${await signAccessToken(this.logto.state, claims)}`
    const response = await fetch(`${this.logto.url}/api${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
    return response.status === 204 ? {} : response.json()
  }

  /** The keys with which sessions are sealed now, in the cookies and in the store, by their public names. */
  async sealingKeys(people: readonly SessionPerson[]): Promise<Set<string | undefined>> {
    const keys = (await this.#store.getKeys('')).filter((key) => key.includes(':sessions:'))
    const records = await Promise.all(keys.map(async (key) => String(await this.#store.getItem(key))))
    const cookies = people.flatMap((person) => [...person.cookies.values()])
    return new Set([...records, ...cookies].map((sealed) => decodeProtectedHeader(sealed).kid))
  }

  /** Users whose record is not what Logto says. */
  async behind(userIds: readonly string[]): Promise<string[]> {
    const rows = await this.#database.query('SELECT * FROM "User"')
    const known = rows.map((row) => Object.values(row))
    return userIds.filter((id) => {
      const name = this.logto.state.users.get(id)?.name
      return !known.some((values) => values.includes(id) && values.includes(name))
    })
  }

  async close(): Promise<void> {
    this.#server.close()
    await this.logto.close()
    await this.#database.drop()
  }

  async #boot(install: boolean): Promise<Process> {
    const { cookieSecret, appSecret, webAppSecret, signingKey } = this.#settings
    const { url } = this.logto
    const client = new Client({
      logtoEndpoint: url,
      appId: 'm2m',
      appSecret,
      interaqtEndpoint: this.baseUrl,
      management: { retries: 0 },
      logger: QUIET,
    })
    const { controller, sync } = await startApp(this.#database.open(), {
      logto: client,
      install,
      logger: QUIET,
    })
    const session = createSession({
      logtoEndpoint: url,
      appId: 'web',
      appSecret: webAppSecret,
      cookieSecret,
      baseUrl: this.baseUrl,
      store: this.#store,
      expiryLeewaySeconds: 0,
      logger: QUIET,
    })
    const app = createApp(controller, {
      parseUserId: session.parseUserId,
      session,
      sync,
      webhook: { signingKey },
      apis: { whoAmI: createDataAPI(({ logtoId }) => ({ logtoId })) },
      logger: QUIET,
    })
    return { app, sync }
  }
}
