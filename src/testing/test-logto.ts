import type { JWTPayload } from 'jose'
import type { RequestHandler } from 'msw'
import { parseEndpoint, type WebhookEventName } from '../logto/index.js'
import type { WebhookEventMap } from '../webhook/index.js'
import { accessTokenClaims, signAccessToken } from './access-token.js'
import type { Faults } from './faults.js'
import { createFetchHandler } from './fetch-handler.js'
import { secretValue, shortId } from './identifiers.js'
import { type Seed, seedState } from './seed.js'
import { LogtoState } from './state.js'
import {
  buildWebhookEvent,
  type SignedWebhook,
  signWebhookEvent,
  type WebhookEventData,
  type WebhookEventOverrides,
} from './webhooks.js'

/** What a Logto without a server starts with. */
export interface TestLogtoOptions extends Seed {
  /** Logto endpoint; default `http://logto.test`. */
  endpoint?: string | undefined
  /** API resource of {@link TestLogto.accessToken}; default `http://127.0.0.1:4000/interaction`. Registered if need be. */
  resource?: string | undefined
  /** Signing key of {@link TestLogto.webhook}; default: that of the first seeded hook, or a random one. */
  signingKey?: string | undefined
  /** Seed of the faults' random choices; default 1. */
  seed?: number | undefined
}

/** What goes into an access token. `claims` and `header` replace or, by undefined, leave out anything. */
export interface AccessTokenOptions {
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

/** A signed delivery of an event, with the event itself. */
export interface TestWebhook<Name extends WebhookEventName> extends SignedWebhook {
  event: WebhookEventMap[Name]
  /** The request that delivers it. */
  request(url?: string): Request
}

/** A Logto without a server, for unit tests. */
export interface TestLogto {
  readonly endpoint: string
  readonly issuer: string
  readonly resource: string
  readonly signingKey: string
  readonly state: LogtoState
  readonly faults: Faults
  /** A user's access token, signed with the current key. */
  accessToken(options?: AccessTokenOptions): Promise<string>
  /** A machine's access token: `sub` is the client id and there is no scope unless given. */
  machineToken(options?: Omit<AccessTokenOptions, 'sub'>): Promise<string>
  /** A signed webhook in the recorded shape, with this subject. */
  webhook<Name extends WebhookEventName>(
    name: Name,
    data?: WebhookEventData<Name>,
    overrides?: WebhookEventOverrides<Name>,
  ): TestWebhook<Name>
  /** Answers a request to this Logto: discovery, key set, machine tokens, Management API. */
  fetch(request: Request): Promise<Response>
  /** MSW handlers for {@link fetch}: `setupServer(...logto.handlers)`. Needs the package `msw`. */
  readonly handlers: RequestHandler[]
}

/**
 * Makes a Logto without a server: it issues tokens and signed webhooks, and answers through MSW.
 *
 * @throws TypeError for an invalid endpoint or an inconsistent seed.
 *
 * @example
 * const logto = await createTestLogto()
 * const token = await logto.accessToken({ sub: 'abcdefghijkl', scope: 'interaction:write' })
 */
export async function createTestLogto(options: TestLogtoOptions = {}): Promise<TestLogto> {
  const endpoint = parseEndpoint(options.endpoint ?? 'http://logto.test', 'endpoint')
  const resource = options.resource ?? 'http://127.0.0.1:4000/interaction'
  const state = await LogtoState.create(endpoint, options.seed)
  const known = options.resources?.some(({ indicator }) => indicator === resource)
  const resources = known ? options.resources : [{ indicator: resource }, ...(options.resources ?? [])]
  seedState(state, { ...options, resources })
  const signingKey = options.signingKey ?? [...state.hooks.values()][0]?.signingKey ?? secretValue()
  const spa = [...state.applications.values()].find(({ type }) => type === 'SPA')?.id ?? 'spa'
  const machine =
    [...state.applications.values()].find(({ type }) => type === 'MachineToMachine')?.id ?? 'm2m'
  const answer = createFetchHandler(state)
  const msw = await import('msw').catch(() => undefined)

  const issue = (token: AccessTokenOptions & { sub: string; clientId: string }): Promise<string> => {
    const { sub, clientId, audience = resource, expiresIn = 3600, scope, organizationId } = token
    const claims = accessTokenClaims(state, { sub, clientId, audience, expiresIn, scope, organizationId })
    return signAccessToken(state, withoutUndefined({ ...claims, ...token.claims }), token.header)
  }

  return {
    endpoint,
    issuer: state.issuer,
    resource,
    signingKey,
    state,
    faults: state.faults,
    accessToken: (token = {}) =>
      issue({
        ...token,
        sub: token.sub ?? shortId(),
        clientId: token.clientId ?? spa,
        scope: token.scope ?? '',
      }),
    machineToken: (token = {}) => {
      const clientId = token.clientId ?? machine
      return issue({ ...token, sub: clientId, clientId })
    },
    webhook: (name, data, overrides) => {
      const event = buildWebhookEvent(name, data, overrides)
      const signed = signWebhookEvent(event, signingKey)
      const request = (url = 'http://127.0.0.1:4000/api/syncUser') =>
        new Request(url, { method: 'POST', ...signed })
      return { event, ...signed, request }
    },
    fetch: answer,
    get handlers() {
      if (!msw) throw missingMsw
      return [msw.http.all(`${endpoint}/*`, ({ request }) => answer(request))]
    },
  }
}

const missingMsw = Object.assign(
  new Error(
    '@yourorg/interaqt-logto/testing needs the package "msw" for handlers, which is not installed: npm install msw',
  ),
  { code: 'peer_missing' },
)

const withoutUndefined = (claims: Record<string, unknown>): JWTPayload =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
