import type { KoaContextWithOIDC, errors as OidcErrors, Provider } from 'oidc-provider'
import { supportedScopes } from '../../testing/oidc/scopes.js'
import { subjectOfJwt } from '../../testing/oidc/subject-token.js'
import type { UserRecord } from '../../testing/records/records.js'
import type { LogtoState } from '../../testing/state/state.js'
import { organizationIdOf, type ResourceServers } from './resource-server.js'

/** RFC 8693, section 2.1. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const IMPERSONATION_TOKEN = 'urn:logto:token-type:impersonation_token'
const PERSONAL_ACCESS_TOKEN = 'urn:logto:token-type:personal_access_token'

const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'resource',
  'scope',
]

/**
 * The token exchange (RFC 8693) as Logto 1.42.0 does it: an application gets an access token of a user for a subject
 * token, a personal access token or another token of that user, and never a refresh token or an ID token. Which
 * applications may is in their client metadata. Source: recordings/released/exchange-*.json and pat-exchange-*.json.
 */
export class TokenExchange {
  readonly #state: LogtoState
  readonly #resourceServers: ResourceServers
  readonly #errors: typeof OidcErrors
  readonly #actors = new WeakMap<object, string>()

  constructor(state: LogtoState, resourceServers: ResourceServers, errors: typeof OidcErrors) {
    this.#state = state
    this.#resourceServers = resourceServers
    this.#errors = errors
  }

  register(provider: Provider): void {
    const answer = async (ctx: KoaContextWithOIDC) => {
      ctx.body = await this.#answer(ctx, provider)
    }
    provider.registerGrantType(TOKEN_EXCHANGE, answer, PARAMETERS, [])
  }

  /** Returns the claim `act` of the token that this request gets, or undefined when nobody acts for the user. */
  actorClaim(ctx: KoaContextWithOIDC): { act: { sub: string } } | undefined {
    const sub = this.#actors.get(ctx)
    return sub === undefined ? undefined : { act: { sub } }
  }

  async #answer(ctx: KoaContextWithOIDC, provider: Provider): Promise<Record<string, unknown>> {
    const { client } = ctx.oidc
    if (!client) throw new Error('oidc-provider has authenticated the client')
    // How Logto answers one is not recorded; a token that names an organization unchecked would be worse than none.
    if (organizationIdOf(ctx) !== undefined) {
      throw new this.#errors.InvalidRequest('the embedded Logto exchanges no token for an organization')
    }
    const subjectToken = this.#required(ctx, 'subject_token')
    const user = await this.#subjectOf(provider, subjectToken, this.#required(ctx, 'subject_token_type'))
    // Whose roles count. No ID token comes of an exchange, so that no claims are needed.
    ctx.oidc.entity('Account', { accountId: user.id, claims: async () => ({ sub: user.id }) })
    const actor = await this.#actorOf(ctx, provider)
    if (actor !== undefined) this.#actors.set(ctx, actor)

    const indicator = parameter(ctx, 'resource')
    const requested = new Set(parameter(ctx, 'scope')?.split(' '))
    const token = new provider.AccessToken({ client, accountId: user.id, gty: 'token_exchange', grantId: '' })
    if (indicator === undefined) {
      token.scope = supportedScopes(this.#state.version)
        .filter((scope) => requested.has(scope))
        .join(' ')
      // Userinfo reads the scopes of a grant as well.
      const grant = new provider.Grant({ accountId: user.id, clientId: client.clientId })
      grant.addOIDCScope(token.scope)
      token.grantId = await grant.save()
    } else {
      const resource = this.#resourceServers.describe(ctx, indicator)
      const scopes = new Set(resource.scope.split(' '))
      token.resourceServer = { ...resource, scopes, identifier: () => indicator }
      token.scope = [...requested].filter((scope) => scopes.has(scope)).join(' ')
    }
    const accessToken = await token.save()
    // Only now: a failed exchange leaves the subject token as it was (exchange-after-failed-attempts.json).
    this.#state.exchangeable.endSubjectToken(subjectToken)
    return {
      access_token: accessToken,
      expires_in: token.expiration,
      scope: token.scope,
      token_type: token.tokenType,
    }
  }

  async #subjectOf(provider: Provider, token: string, type: string): Promise<UserRecord> {
    const user = this.#state.users.get((await this.#userIdOf(provider, token, type)) ?? '')
    if (!user) throw this.#refusal('the subject token is of no user, used up or expired')
    // The release exchanges for suspended users all the same (exchange-suspended-user.json).
    if (user.isSuspended && this.#isDevelopment) throw this.#refusal('the user is suspended')
    return user
  }

  async #userIdOf(provider: Provider, token: string, type: string): Promise<string | undefined> {
    const { exchangeable } = this.#state
    if (type === PERSONAL_ACCESS_TOKEN) return exchangeable.userOfPersonal(token)
    // Recorded for subject tokens alone (exchange-impersonation-token-type.json).
    if (type === IMPERSONATION_TOKEN) return exchangeable.userOfSubjectToken(token)
    if (type !== ACCESS_TOKEN) return undefined
    const known = exchangeable.userOfSubjectToken(token)
    if (known !== undefined) return known
    return (await provider.AccessToken.find(token))?.accountId ?? subjectOfJwt(this.#state, token)
  }

  // An opaque token with the scope openid, of the person who acts. A JWT is refused (exchange-with-actor-token-jwt.json).
  async #actorOf(ctx: KoaContextWithOIDC, provider: Provider): Promise<string | undefined> {
    const token = parameter(ctx, 'actor_token')
    if (token === undefined) return undefined
    const isAccessToken = parameter(ctx, 'actor_token_type') === ACCESS_TOKEN
    const found = isAccessToken ? await provider.AccessToken.find(token) : undefined
    if (!found?.scopes.has('openid')) throw this.#refusal('the actor token is no opaque token with openid')
    return found.accountId
  }

  get #isDevelopment(): boolean {
    return this.#state.version === 'development'
  }

  #required(ctx: KoaContextWithOIDC, name: string): string {
    const value = parameter(ctx, name)
    if (value === undefined) throw new this.#errors.InvalidRequest(`missing required parameter '${name}'`)
    return value
  }

  // The application sees the same words whatever the reason; the detail goes to the log.
  #refusal(detail: string): Error {
    return new this.#errors.InvalidGrant(detail)
  }
}

function parameter(ctx: KoaContextWithOIDC, name: string): string | undefined {
  const value = ctx.oidc.params?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
