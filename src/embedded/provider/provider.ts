import { randomBytes } from 'node:crypto'
import type { Client, Configuration, KoaContextWithOIDC, errors as OidcErrors, Provider } from 'oidc-provider'
import { isObject } from '../../logto/is-object.js'
import { EXPIRED_SECRET, machineTokenResponse, secretStanding } from '../../testing/oidc/machine-token.js'
import { OidcRefusal, withLogtoFields } from '../../testing/oidc/oidc-error.js'
import { CLAIMS_BY_SCOPE, supportedScopes } from '../../testing/oidc/scopes.js'
import type { LogtoState } from '../../testing/state/state.js'
import { signedOutPage, signOutPage } from '../pages/pages.js'
import { allowedOrigins } from '../refusals/allowed-origins.js'
import { findAccount } from './account.js'
import type { Refusals } from './answer-refusals.js'
import { reportBackchannelLogout } from './backchannel-logout.js'
import type { GrantStore } from './grant-store.js'
import { ORGANIZATIONS_SCOPE, organizationIdOf, ResourceServers } from './resource-server.js'
import type { Sessions } from './sessions.js'
import { TokenExchange } from './token-exchange.js'

/** The parts of the oidc-provider package that are used; it is an optional peer. */
export interface OidcProviderPackage {
  Provider: typeof Provider
  errors: typeof OidcErrors
}

/** What a server of one embedded Logto is made of. It outlives the server, which a key rotation replaces. */
export interface ProviderParts {
  store: GrantStore
  sessions: Sessions
  cookieKey: string
  refusals: Refusals
  settings: ProviderSettings
}

/** How the OpenID Connect server behaves. */
export interface ProviderSettings {
  /** Lifetime of opaque access tokens in seconds. */
  accessTokenTtl: number
  /** Whether logout tokens are posted to loopback and private addresses. */
  allowPrivateAddresses: boolean
  /** Prints one line. */
  log: (line: string) => void
}

const DAY = 24 * 60 * 60

/**
 * Returns the OpenID Connect server of a state, for its present signing keys.
 *
 * These settings give Logto's behaviour with oidc-provider 9.13 (docs/facts.md, "Libraries").
 */
export function createProvider(
  { Provider, errors }: OidcProviderPackage,
  state: LogtoState,
  { store, sessions, cookieKey, refusals, settings }: ProviderParts,
): Provider {
  const { accessTokenTtl, allowPrivateAddresses } = settings
  const resourceServers = new ResourceServers(state, () => new errors.InvalidTarget())
  const exchange = new TokenExchange(state, resourceServers, errors)
  const configuration: Configuration = {
    adapter: (model: string) => store.adapterFor(model),
    jwks: { keys: state.keys.published().map((key) => key.privateJwk) },
    routes: {
      authorization: '/auth',
      token: '/token',
      userinfo: '/me',
      introspection: '/token/introspection',
      revocation: '/token/revocation',
      end_session: '/session/end',
      jwks: '/jwks',
    },
    scopes: [...supportedScopes(state.version)],
    claims: CLAIMS_BY_SCOPE,
    conformIdTokenClaims: false,
    // recordings/released/code-exchange-without-redirect_uri-*.json
    allowOmittingSingleRegisteredRedirectUri: true,
    findAccount: (ctx, id) => findAccount(state, id, ctx.oidc.route),
    // oidc-provider's own dispatcher refuses loopback and private addresses, as Logto's does by default. Only logout
    // tokens are posted anywhere.
    ...(allowPrivateAddresses && { fetch: fetchAnywhere }),
    clientDefaults: { id_token_signed_response_alg: 'ES384' },
    enabledJWA: { idTokenSigningAlgValues: ['ES384', 'RS256', 'PS256'] },
    pkce: { required: (_ctx, client) => client.tokenEndpointAuthMethod === 'none' },
    rotateRefreshToken: (ctx) => {
      refuseForeignOrganization(ctx, state, errors)
      return true
    },
    clientBasedCORS: (_ctx, origin, client) => {
      const application = state.applications.get(client.clientId)
      return application !== undefined && allowedOrigins(application).includes(origin)
    },
    extraParams: ['first_screen', 'interaction_mode', 'identifier', 'direct_sign_in', 'one_time_token'],
    extraTokenClaims: (ctx, token) => {
      const organizationId = token.kind === 'AccessToken' ? organizationIdOf(ctx) : undefined
      const named = organizationId !== undefined && ctx.oidc.params?.resource !== undefined
      const organization = named && !isOrganizationToken(token) && { organization_id: organizationId }
      const actor = exchange.actorClaim(ctx)
      return organization || actor ? { ...organization, ...actor } : undefined
    },
    formats: {
      customizers: {
        // Logto always sends a scope, and its clock may be skewed by a fault.
        jwt: (_ctx, token, jwt) => {
          const skew = Math.round(state.faults.skewMs / 1000)
          const { iat, exp } = jwt.payload
          if (typeof iat === 'number') jwt.payload.iat = iat + skew
          if (typeof exp === 'number') jwt.payload.exp = exp + skew
          jwt.payload.scope = token.scope ?? ''
        },
      },
    },
    cookies: {
      keys: [cookieKey],
      names: { session: '_session', interaction: '_interaction', resume: '_interaction_resume' },
      long: { signed: true, httpOnly: true, sameSite: 'lax' },
      short: { signed: true, httpOnly: true, sameSite: 'lax', path: '/' },
    },
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? accessTokenTtl,
      AuthorizationCode: 60,
      IdToken: 3600,
      RefreshToken: 14 * DAY,
      Interaction: 3600,
      Session: 14 * DAY,
      // recordings/released/grants-list.json
      Grant: 180 * DAY,
    },
    interactions: { url: (_ctx, interaction) => interactionUrl(interaction) },
    renderError: (ctx, out, error) => refusals.render(ctx, { ...out }, error),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => mayIntrospect(client, token) },
      // RFC 7009, 2.1: an application revokes its own tokens only.
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      backchannelLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => [],
        useGrantedResource: () => false,
        getResourceServerInfo: (ctx, indicator) => resourceServers.describe(ctx, indicator),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = signOutPage(form)
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = signedOutPage()
        },
      },
    },
  }
  const provider = new Provider(state.issuer, configuration)
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.oidc) sessions.remember(ctx.oidc)
    if (!isOidcError(ctx.body)) return
    // Logto looks at secrets before oidc-provider does, so that this answer has none of its headers.
    if (ctx.body.error_description === EXPIRED_SECRET) ctx.remove('cache-control')
    ctx.body = withLogtoFields(ctx.body)
  })
  reportBackchannelLogout(provider, settings.log)
  refusals.observe(provider)
  compareAllSecrets(provider, state, errors)
  registerMachineGrant(provider, state, refusals)
  exchange.register(provider)
  return provider
}

const fetchAnywhere: typeof fetch = (url, init) => {
  const plain = { ...init, dispatcher: undefined }
  return fetch(url, plain)
}

/** Returns a key for the cookies of one server. */
export const newCookieKey = (): string => randomBytes(32).toString('base64url')

function interactionUrl(interaction: { prompt: { name: string }; params: Record<string, unknown> }): string {
  const {
    client_id: clientId,
    first_screen: firstScreen,
    interaction_mode: mode,
    login_hint: hint,
  } = interaction.params
  const query = new URLSearchParams({ app_id: String(clientId) })
  if (interaction.prompt.name === 'consent') return `/consent?${query}`
  if (typeof hint === 'string') query.set('login_hint', hint)
  const registers =
    mode === 'signUp' || (typeof firstScreen === 'string' && /(^|:)register$/.test(firstScreen))
  return `${registers ? '/register' : '/sign-in'}?${query}`
}

/** The refusals of recordings/errors/refresh-organization-*.json, before the refresh token is used up. */
function refuseForeignOrganization(
  ctx: KoaContextWithOIDC,
  state: LogtoState,
  errors: typeof OidcErrors,
): void {
  const organizationId = organizationIdOf(ctx)
  const token = ctx.oidc.entities.RefreshToken
  if (organizationId === undefined || !token) return
  if (!token.scopes.has(ORGANIZATIONS_SCOPE)) {
    throw new errors.InsufficientScope('refresh token missing required scope', ORGANIZATIONS_SCOPE)
  }
  if (state.organizations.get(organizationId)?.members.has(token.accountId ?? '')) return
  const refusal = new errors.AccessDenied('user is not a member of the organization')
  throw Object.assign(refusal, { status: 403, statusCode: 403 })
}

// oidc-provider's own policy. Without it here, oidc-provider warns on the console: a public client may ask about its
// own tokens only, a confidential one about any (recordings/tokens/introspection-*.json).
const mayIntrospect = (client: Client, token: { clientId?: string | undefined }): boolean =>
  client.tokenEndpointAuthMethod !== 'none' || token.clientId === client.clientId

const isOrganizationToken = (token: { aud?: string | string[] | undefined }): boolean =>
  typeof token.aud === 'string' && token.aud.startsWith('urn:logto:organization:')

// oidc-provider knows one secret of a client; a Logto application has several, which can expire.
function compareAllSecrets(provider: Provider, state: LogtoState, errors: typeof OidcErrors): void {
  provider.Client.prototype.compareClientSecret = function compare(actual: string) {
    const application = state.applications.get(this.clientId)
    const standing = application ? secretStanding(state, application, actual) : 'wrong'
    if (standing === 'expired') throw new errors.InvalidRequest(EXPIRED_SECRET)
    return standing === 'valid'
  }
}

function registerMachineGrant(provider: Provider, state: LogtoState, refusals: Refusals): void {
  const parameters = ['scope', 'resource', 'organization_id']
  provider.registerGrantType(
    'client_credentials',
    (ctx) => answerMachine(ctx, state, refusals),
    parameters,
    [],
  )
}

async function answerMachine(ctx: KoaContextWithOIDC, state: LogtoState, refusals: Refusals): Promise<void> {
  const application = state.applications.get(ctx.oidc.client?.clientId ?? '')
  if (!application) throw new Error('an authenticated client is an application')
  const text = (name: string): string | undefined => {
    const value = ctx.oidc.params?.[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  try {
    ctx.body = await machineTokenResponse(state, application, {
      resource: text('resource'),
      organizationId: text('organization_id'),
      scope: text('scope'),
    })
  } catch (error) {
    if (!(error instanceof OidcRefusal)) throw error
    ctx.status = error.status
    ctx.body = error.toBody()
    refusals.printRefusedMachine(ctx, error)
  }
}

const isOidcError = (body: unknown): body is { error: string; error_description?: string } =>
  isObject(body) && typeof body.error === 'string' && !('code' in body)
