import { checkOptions } from '../logto/check-options.js'
import {
  BOOLEAN,
  FUNCTION,
  integer,
  NOT_NEGATIVE,
  NUMBER,
  OBJECT,
  type OptionRules,
  POSITIVE,
} from '../logto/option-rules.js'
import { optionalPeer } from '../logto/optional-peer.js'
import type { Faults } from '../testing/faults/faults.js'
import { LOGTO_VERSION, type LogtoVersion } from '../testing/records/logto-version.js'
import { seedState } from '../testing/seed/seed.js'
import { SEED_RULES, type Seed } from '../testing/seed/seed-types.js'
import { LogtoState } from '../testing/state/state.js'
import { createHttpApp } from './http-app.js'
import { LOOPBACK, LoopbackServer } from './loopback-server.js'
import { refuseProduction } from './production-guard.js'
import { isForProvider, oidcListener } from './provider/oidc-listener.js'
import { ProviderSource } from './provider/provider-source.js'
import { type RefusedRequest, type RemedyFor, remedyInCode } from './refusals/refused-request.js'
import { shownAccounts } from './sign-in/shown-accounts.js'
import { type SignInPage, type SignInUser, signInAs } from './sign-in/sign-in-as.js'

const ENTRY = '@yourorg/interaqt-logto/embedded'
const DEFAULT_PORT = 3001

/** Options of {@link startEmbeddedLogto}. */
export interface EmbeddedLogtoOptions extends Seed {
  /** Port on 127.0.0.1; default 3001; 0 takes a free one, and the issuer names the one taken. */
  port?: number | undefined
  /** Seconds for which a used refresh token may be used again; default 3 as at Logto, 0 is strict. */
  reuseWindowSeconds?: number | undefined
  /** Lifetime of access tokens in seconds, for resources without an `accessTokenTtl`; default 3600. */
  accessTokenTtl?: number | undefined
  /**
   * How logout tokens are sent at a person's sign-out. As at Logto 1.42, none is sent to a loopback or private address
   * unless `allowPrivateAddresses` is true: what `OIDC_PROVIDER_SSRF_PROTECTION_DISABLED=true` does there.
   */
  backchannelLogout?: { allowPrivateAddresses?: boolean | undefined } | undefined
  /** Seed of the faults' random choices; default 1. */
  seed?: number | undefined
  /**
   * The Logto to behave as: the release, or the development version after it, which answers with some more fields
   * (docs/facts.md, "Versions"). Default `'1.42.0'`.
   */
  version?: LogtoVersion | undefined
  /** Starts even when NODE_ENV is `production`. Anybody can sign up, and all data is lost when the process ends. */
  allowProduction?: boolean | undefined
  /**
   * Shows the seeded users on the sign-in page, for as long as they exist: by `'names'` alone, or with `true` with the
   * passwords that the seed gave them, while these are right. Default false.
   */
  showAccounts?: boolean | 'names' | undefined
  /**
   * Returns the line that a person changes so that a refused request passes. It is shown on the page about the refusal
   * and in the log; default: the option of this function.
   */
  remedyFor?: ((refused: RefusedRequest) => string) | undefined
  /**
   * Called with one line: the notice that this is not for production, and later the reason of each refused request. What
   * should not happen, a 500, has its stack below. Default `console.warn`.
   */
  log?: ((message: string) => void) | undefined
}

export const EMBEDDED_LOGTO_RULES = {
  ...SEED_RULES,
  port: integer(0, 65_535),
  reuseWindowSeconds: NOT_NEGATIVE,
  accessTokenTtl: POSITIVE,
  backchannelLogout: { ...OBJECT, fields: { allowPrivateAddresses: BOOLEAN } },
  seed: NUMBER,
  version: LOGTO_VERSION,
  allowProduction: BOOLEAN,
  showAccounts: {
    expected: "true, false or 'names'",
    accepts: (value) => BOOLEAN.accepts(value) || value === 'names',
  },
  remedyFor: FUNCTION,
  log: FUNCTION,
} satisfies OptionRules<EmbeddedLogtoOptions>

/** A running embedded Logto. */
export interface EmbeddedLogto {
  /** Base URL, `http://127.0.0.1:<port>`: the Logto endpoint. */
  readonly url: string
  /** `<url>/oidc`. */
  readonly issuer: string
  /** All that it holds: users, applications, hooks, delivery log, keys. */
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
 * @throws Error with `code` `embedded_in_production` unless NODE_ENV is unset, `development` or `test`.
 * @throws Error with `code` `peer_missing` when `oidc-provider`, `hono` or `@hono/node-server` is not installed.
 * @throws Error with `code` `EADDRINUSE` when the port is taken.
 * @throws TypeError for an option that is unknown or of another type, and for an inconsistent seed.
 *
 * @example
 * const logto = await startEmbeddedLogto({ port: 0, users: [{ username: 'alice', password: 'correct-horse' }] })
 */
export async function startEmbeddedLogto(options: EmbeddedLogtoOptions = {}): Promise<EmbeddedLogto> {
  checkOptions('startEmbeddedLogto', options, EMBEDDED_LOGTO_RULES)
  refuseProduction(options.allowProduction ?? false)
  const server = new LoopbackServer()
  const { reuseWindowSeconds = 3, accessTokenTtl = 3600, log = console.warn } = options
  const [oidc, { Hono }, { getRequestListener }, state] = await Promise.all([
    quietly(() => optionalPeer('oidc-provider', () => import('oidc-provider'), ENTRY)),
    optionalPeer('hono', () => import('hono'), ENTRY),
    optionalPeer('@hono/node-server', () => import('@hono/node-server'), ENTRY),
    LogtoState.create(`http://${LOOPBACK}`, options.seed, options.version),
  ])
  seedState(state, { ...options, resources: withTtl(options.resources, accessTokenTtl) })

  const remedyFor: RemedyFor = options.remedyFor ?? remedyInCode
  const source = new ProviderSource(oidc, state, {
    reuseWindowSeconds,
    accessTokenTtl,
    allowPrivateAddresses: options.backchannelLogout?.allowPrivateAddresses ?? false,
    log,
    remedyFor,
  })
  const accounts = shownAccounts(state, options.users ?? [], options.showAccounts ?? false)
  const answerOidc = oidcListener(state, source)
  const answerRest = getRequestListener(createHttpApp(Hono, state, source, accounts, log).fetch, {
    overrideGlobalObjects: false,
  })
  server.answer((request, response) => {
    const answer = isForProvider(request.url ?? '/') ? answerOidc : answerRest
    // An answer fails here only when the client has closed the connection.
    Promise.resolve(answer(request, response)).catch(() => response.destroy())
  })
  // The server listens last: a request before there is a listener would never be answered, and an invalid seed must
  // not leave a server behind.
  const port = await server.listen(options.port ?? DEFAULT_PORT)
  state.endpoint = `http://${LOOPBACK}:${port}`
  log(`Embedded Logto on ${state.endpoint}: for development and tests only, not for production.`)
  return {
    url: state.endpoint,
    issuer: state.issuer,
    state,
    faults: state.faults,
    signInAs,
    close: () => server.close(),
  }
}

const withTtl = (resources: Seed['resources'], accessTokenTtl: number): Seed['resources'] =>
  resources?.map((resource) => ({ accessTokenTtl, ...resource }))

// oidc-provider warns on the console when it is loaded on Node 20, although it works there.
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
