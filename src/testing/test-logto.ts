import type { RequestHandler } from 'msw'
import { checkOptions } from '../logto/check-options.js'
import { parseEndpoint, type WebhookEventName } from '../logto/index.js'
import {
  BOOLEAN,
  ENDPOINT,
  NUMBER,
  OBJECT,
  type OptionRules,
  STRING,
  secret,
  TEXT,
} from '../logto/option-rules.js'
import { optionalPeer } from '../logto/optional-peer.js'
import type { WebhookEventMap } from '../webhook/index.js'
import type { Faults } from './faults/faults.js'
import { createFetchHandler } from './fetch-handler.js'
import { accessTokenClaims, signAccessToken } from './oidc/access-token.js'
import { grantedScopes } from './oidc/granted-scopes.js'
import { refuseProduction } from './production-guard.js'
import { secretValue, shortId } from './records/identifiers.js'
import { LOGTO_VERSION, type LogtoVersion } from './records/logto-version.js'
import { seedState } from './seed/seed.js'
import { SEED_RULES, type Seed } from './seed/seed-types.js'
import { LogtoState, MANAGEMENT_API_ROLE } from './state/state.js'
import type { SignedWebhook } from './webhooks/signed-webhook.js'
import {
  buildWebhookEvent,
  signWebhookEvent,
  type WebhookEventData,
  type WebhookEventOverrides,
} from './webhooks/webhook-events.js'

const ENTRY = '@yourorg/interaqt-logto/testing'

/** Options of {@link createTestLogto}. */
export interface TestLogtoOptions extends Seed {
  /** Logto endpoint; default `http://logto.test`. */
  endpoint?: string | undefined
  /** API resource of {@link TestLogto.accessToken}; default `http://127.0.0.1:4000/interaction`. Added when it is not among `resources`. */
  resource?: string | undefined
  /** Signing key of {@link TestLogto.webhook}; default: that of the first seeded hook, or a random one. */
  signingKey?: string | undefined
  /** Seed of the faults' random choices; default 1. */
  seed?: number | undefined
  /**
   * The Logto to behave as: the release, or the development version after it, which answers with some more fields
   * (docs/facts.md, "Versions"). Default `'1.42.0'`.
   */
  version?: LogtoVersion | undefined
  /** Starts even when NODE_ENV is `production`. Who can call it gets a token of anybody. */
  allowProduction?: boolean | undefined
}

export const TEST_LOGTO_RULES = {
  ...SEED_RULES,
  endpoint: ENDPOINT,
  resource: STRING,
  signingKey: secret(STRING),
  seed: NUMBER,
  version: LOGTO_VERSION,
  allowProduction: BOOLEAN,
} satisfies OptionRules<TestLogtoOptions>

/** What goes into an access token. A field of `claims` or `header` replaces the default; undefined leaves it out. */
export interface AccessTokenOptions {
  /** Username or email address of a user. Sets `sub`, and `scope` to what the user's roles grant. */
  user?: string | undefined
  /** Logto user id; default a random one. */
  sub?: string | undefined
  /** Default `""`. */
  scope?: string | undefined
  /** Default the first SPA application's id, or `spa`. */
  clientId?: string | undefined
  /** Default the API resource. */
  audience?: string | undefined
  /** Seconds from now, negative for an expired token; default 3600. */
  expiresIn?: number | undefined
  organizationId?: string | undefined
  claims?: Record<string, unknown> | undefined
  header?: Record<string, unknown> | undefined
}

export const ACCESS_TOKEN_RULES = {
  user: STRING,
  sub: TEXT,
  scope: TEXT,
  clientId: TEXT,
  audience: TEXT,
  expiresIn: NUMBER,
  organizationId: TEXT,
  claims: OBJECT,
  header: OBJECT,
} satisfies OptionRules<AccessTokenOptions>

/** A signed delivery of an event, with the event itself. */
export interface TestWebhook<Name extends WebhookEventName> extends SignedWebhook {
  event: WebhookEventMap[Name]
  /** Returns the request that delivers it. */
  request(url?: string): Request
}

/** A Logto without a server, for unit tests. */
export interface TestLogto {
  readonly endpoint: string
  readonly issuer: string
  readonly resource: string
  readonly signingKey: string
  /** A machine that may call the Management API: the first seeded one, or else a new one. */
  readonly machine: { appId: string; appSecret: string }
  readonly state: LogtoState
  readonly faults: Faults
  /**
   * Resolves with a user's access token, signed with the current key.
   *
   * @throws TypeError when no user signs in as `user`.
   */
  accessToken(options?: AccessTokenOptions): Promise<string>
  /** Resolves with a machine's access token: `sub` is the client id, and it has no scope unless one is given. */
  machineToken(options?: Omit<AccessTokenOptions, 'sub'>): Promise<string>
  /** Returns a signed webhook in the recorded shape, with this subject. */
  webhook<Name extends WebhookEventName>(
    name: Name,
    data?: WebhookEventData<Name>,
    overrides?: WebhookEventOverrides<Name>,
  ): TestWebhook<Name>
  /**
   * Answers requests to this Logto as a `fetch`: discovery, key set, machine tokens, Management API. The server Client
   * takes it as its option `fetch`. Sign-in, refresh and userinfo need the embedded Logto.
   */
  readonly fetch: typeof fetch
  /** MSW handlers for {@link fetch}: `setupServer(...logto.handlers)`. Needs the package `msw`. */
  readonly handlers: RequestHandler[]
}

/**
 * Makes a Logto without a server: it issues tokens and signed webhooks, and answers through MSW. It listens nowhere.
 *
 * @throws Error with `code` `testing_in_production` unless NODE_ENV is unset, `development` or `test`.
 * @throws TypeError for an option that is unknown or of another type, and for an inconsistent seed.
 *
 * @example
 * const logto = await createTestLogto()
 * const token = await logto.accessToken({ sub: 'abcdefghijkl', scope: 'interaction:write' })
 */
export async function createTestLogto(options: TestLogtoOptions = {}): Promise<TestLogto> {
  checkOptions('createTestLogto', options, TEST_LOGTO_RULES)
  refuseProduction(options.allowProduction ?? false)
  const endpoint = parseEndpoint(options.endpoint ?? 'http://logto.test', 'endpoint')
  const resource = options.resource ?? 'http://127.0.0.1:4000/interaction'
  const state = await LogtoState.create(endpoint, options.seed, options.version)
  const known = options.resources?.some(({ indicator }) => indicator === resource)
  const resources = known ? options.resources : [{ indicator: resource }, ...(options.resources ?? [])]
  seedState(state, { ...options, resources })
  const signingKey = options.signingKey ?? [...state.hooks.values()][0]?.signingKey ?? secretValue()
  const spa = [...state.applications.values()].find(({ type }) => type === 'SPA')?.id ?? 'spa'
  const machine = machineOf(state)
  const answer = createFetchHandler(state)
  // A test without handlers needs no MSW, so its absence is an error only where they are asked for.
  const msw = await optionalPeer('msw', () => import('msw'), ENTRY).catch((error: unknown) => ({ error }))

  const issue = (token: AccessTokenOptions & { sub: string; clientId: string }): Promise<string> => {
    const { sub, clientId, audience = resource, expiresIn = 3600, scope, organizationId } = token
    const claims = accessTokenClaims(state, { sub, clientId, audience, expiresIn, scope, organizationId })
    return signAccessToken(state, { ...claims, ...token.claims }, token.header)
  }

  return {
    endpoint,
    issuer: state.issuer,
    resource,
    signingKey,
    machine,
    state,
    faults: state.faults,
    accessToken: async (token = {}) => {
      checkOptions('accessToken', token, ACCESS_TOKEN_RULES)
      const known = token.user === undefined ? undefined : knownUser(state, token.user, resource)
      return issue({
        ...token,
        sub: token.sub ?? known?.sub ?? shortId(),
        clientId: token.clientId ?? spa,
        scope: token.scope ?? known?.scope ?? '',
      })
    },
    machineToken: async (token = {}) => {
      checkOptions('machineToken', token, ACCESS_TOKEN_RULES)
      const clientId = token.clientId ?? machine.appId
      return issue({ ...token, sub: clientId, clientId })
    },
    webhook: (name, data, overrides) => {
      const event = buildWebhookEvent(name, data, overrides, state.version)
      const signed = signWebhookEvent(event, signingKey)
      const request = (url = 'http://127.0.0.1:4000/api/syncUser') =>
        new Request(url, { method: 'POST', ...signed })
      return { event, ...signed, request }
    },
    fetch: (input, init) => answer(new Request(input, init)),
    get handlers() {
      if ('error' in msw) throw msw.error
      return [msw.http.all(`${endpoint}/*`, ({ request }) => answer(request))]
    },
  }
}

function machineOf(state: LogtoState): TestLogto['machine'] {
  const role = state.roleByName(MANAGEMENT_API_ROLE)?.id ?? ''
  const application = [...state.applications.values()].find(({ roleIds }) => roleIds.has(role))
  const secret = application?.secrets[0]?.value
  if (application && secret !== undefined) return { appId: application.id, appSecret: secret }
  const machine = { appId: 'test-machine', appSecret: secretValue() }
  const { appId: id, appSecret } = machine
  const fields = { id, name: 'Test machine', secret: appSecret, roleIds: [role] }
  state.applications.add({ ...fields, type: 'MachineToMachine' })
  return machine
}

function knownUser(state: LogtoState, identifier: string, indicator: string): { sub: string; scope: string } {
  const user = state.users.byIdentifier(identifier)
  if (!user) throw new TypeError(`no user of this Logto signs in as ${JSON.stringify(identifier)}`)
  const resource = state.resourceByIndicator(indicator)
  return { sub: user.id, scope: resource ? grantedScopes(state, user, resource).join(' ') : '' }
}
