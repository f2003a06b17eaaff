import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Provider } from 'oidc-provider'
import { optionalPeer } from '../logto/optional-peer.js'
import { discoveryResponse } from '../testing/discovery.js'
import type { Faults } from '../testing/faults.js'
import { createManagementApi } from '../testing/management/api.js'
import { type Seed, seedState } from '../testing/seed.js'
import { LogtoState } from '../testing/state.js'
import { clientMetadata } from './client-metadata.js'
import { GrantStore } from './grant-store.js'
import { Interaction } from './interaction.js'
import { normalizedTokenRequest, withOrganizationResource } from './oidc-request.js'
import { refuseProduction } from './production-guard.js'
import { createProvider, newCookieKey, type OidcProviderPackage } from './provider.js'
import { type SignInPage, type SignInUser, signInAs } from './sign-in-as.js'
import { signInPages } from './sign-in-pages.js'

const ENTRY = '@yourorg/interaqt-logto/embedded'
const HOST = '127.0.0.1'
const DEFAULT_PORT = 3001

/** What an embedded Logto starts with. */
export interface EmbeddedLogtoOptions extends Seed {
  /** Port on 127.0.0.1; default 3001; 0 takes a free one, and the issuer names the one taken. */
  port?: number | undefined
  /** Seconds in which a used refresh token may be used again; default 3 as at Logto, 0 is strict. */
  reuseWindowSeconds?: number | undefined
  /** Seconds that access tokens live, for resources that name no time of their own; default 3600. */
  accessTokenTtl?: number | undefined
  /** Seed of the faults' random choices; default 1. */
  seed?: number | undefined
  /** Starts even where NODE_ENV says production. Anybody can sign up, and nothing outlives the process. */
  allowProduction?: boolean | undefined
  /** Where the notice goes that this is not for production; default `console.warn`. */
  log?: ((message: string) => void) | undefined
}

/** A running embedded Logto. */
export interface EmbeddedLogto {
  /** Base URL, `http://127.0.0.1:<port>`: the Logto endpoint. */
  readonly url: string
  /** `<url>/oidc`. */
  readonly issuer: string
  /** Everything that it holds: users, applications, hooks, delivery log, keys. */
  readonly state: LogtoState
  /** Faults on demand. */
  readonly faults: Faults
  /** Fills in and submits the sign-in page that a Playwright page shows, or will show after its next redirects. */
  signInAs(page: SignInPage, user: SignInUser): Promise<void>
  /** Stops listening and ends open connections. */
  close(): Promise<void>
}

/**
 * Starts a Logto look-alike in this process: sign-in and sign-up pages, OpenID Connect, Management API and signed
 * webhooks, all in memory. It listens on loopback only and is not for production.
 *
 * @throws Error with `code` `embedded_in_production` where NODE_ENV is neither unset nor `development` nor `test`.
 * @throws Error with `code` `peer_missing` when `oidc-provider`, `hono` or `@hono/node-server` is not installed.
 * @throws Error with `code` `EADDRINUSE` when the port is taken.
 *
 * @example
 * const logto = await startEmbeddedLogto({ port: 0, users: [{ username: 'alice', password: 'correct-horse' }] })
 */
export async function startEmbeddedLogto(options: EmbeddedLogtoOptions = {}): Promise<EmbeddedLogto> {
  refuseProduction(options.allowProduction ?? false)
  const server = createServer()
  const [oidc, { Hono }, { getRequestListener }, state, port] = await Promise.all([
    quietly(() => optionalPeer('oidc-provider', () => import('oidc-provider'), ENTRY)),
    optionalPeer('hono', () => import('hono'), ENTRY),
    optionalPeer('@hono/node-server', () => import('@hono/node-server'), ENTRY),
    LogtoState.create(`http://${HOST}`, options.seed),
    listen(server, options.port ?? DEFAULT_PORT),
  ])
  state.endpoint = `http://${HOST}:${port}`
  seedState(state, withTokenTtl(options))

  const provider = providerOf(oidc, state, options)
  const app = new Hono<{ Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }>()
  const pages = signInPages((context) =>
    Interaction.of(state, provider(), context.env.incoming, context.env.outgoing),
  )
  for (const kind of ['sign-in', 'register'] as const) {
    app.get(`/${kind}`, pages.show(kind))
    app.post(`/${kind}`, pages.submit(kind))
  }
  app.post('/sign-in/cancel', pages.cancel)
  app.get('/consent', pages.consent)
  const managementApi = createManagementApi(state)
  app.all('/api/*', (context) => managementApi(context.req.raw))
  app.all(
    '/oidc/*',
    async (context) => (await discoveryResponse(state, context.req.raw)) ?? context.notFound(),
  )

  const listenHono = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/'
    const toProvider = path.startsWith('/oidc/') && !/^\/oidc\/(jwks|\.well-known\/)/.test(path)
    if (toProvider) void serveOidc(state, provider, request, response)
    else void listenHono(request, response)
  })
  const log = options.log ?? console.warn
  log(`Embedded Logto on ${state.endpoint}: for development and tests only, not for production.`)
  return {
    url: state.endpoint,
    issuer: state.issuer,
    state,
    faults: state.faults,
    signInAs,
    close: () => close(server),
  }
}

/** The OpenID Connect server for the keys of now; built anew when they have changed. */
function providerOf(
  oidc: OidcProviderPackage,
  state: LogtoState,
  options: EmbeddedLogtoOptions,
): () => Provider {
  const findClient = (id: string) => {
    const application = state.applications.get(id)
    if (!application) throw new oidc.errors.InvalidClient(`invalid client ${id}`)
    return clientMetadata(state, application)
  }
  const store = new GrantStore(findClient, options.reuseWindowSeconds ?? 3)
  state.faults.controlGrants(store)
  const cookieKey = newCookieKey()
  let built: { version: number; provider: Provider } | undefined
  return () => {
    const { version } = state.keys
    if (built?.version !== version) {
      const provider = createProvider(oidc, state, store, cookieKey, options.accessTokenTtl ?? 3600)
      built = { version, provider }
    }
    return built.provider
  }
}

const FAULTY_PATHS: Record<string, 'token' | 'userinfo'> = { '/token': 'token', '/me': 'userinfo' }

// oidc-provider is mounted under /oidc and finds the mount path by comparing originalUrl with url.
async function serveOidc(
  state: LogtoState,
  provider: () => Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = withOrganizationResource((request.url ?? '').slice('/oidc'.length))
  const endpoint = FAULTY_PATHS[path.split('?', 1)[0] ?? '']
  const faulty = endpoint && request.method !== 'OPTIONS' ? await state.faults.answer(endpoint) : undefined
  if (faulty) {
    response.writeHead(faulty.status, Object.fromEntries(faulty.headers)).end(await faulty.text())
    return
  }
  const incoming =
    path === '/token' && request.method === 'POST' ? await normalizedTokenRequest(request) : request
  Object.assign(incoming, { url: path, originalUrl: `/oidc${path}` })
  await provider().callback()(incoming, response)
}

const withTokenTtl = (options: EmbeddedLogtoOptions): Seed => ({
  ...options,
  resources: options.resources?.map((resource) => ({
    ...resource,
    accessTokenTtl: resource.accessTokenTtl ?? options.accessTokenTtl,
  })),
})

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(isAddress(address) ? address.port : port)
    })
  })
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

// oidc-provider announces itself on the console when it is loaded: on Node 20 it prefers a newer one, though it works.
async function quietly<T>(load: () => Promise<T>): Promise<T> {
  const { warn } = console
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('oidc-provider WARNING')) warn(...words)
  }
  try {
    return await load()
  } finally {
    console.warn = warn
  }
}
