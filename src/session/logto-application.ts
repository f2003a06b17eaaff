import type { SignInOptions } from '@logto/node'
import { issuerOf } from '../logto/index.js'
import { AccessTokenVerifier } from '../server/access-token-verifier.js'
import type { AccessTokenClaims } from '../server/claims.js'
import { IssuerMetadata } from '../server/issuer-metadata.js'
import { KeySource } from '../server/key-source.js'
import { freshOrLast, requesterOf } from './logto-requests.js'
import { LogtoTokens } from './logto-tokens.js'
import type { Settings } from './options.js'
import { LogtoClient } from './peers.js'
import type { LogoutTarget } from './session.js'
import { type Identity, SignInExchange, type SignInSession } from './sign-in-exchange.js'

/** What Logto issued for a code or a refresh token, verified. */
export interface Grant {
  accessToken: string
  accessTokenClaims: AccessTokenClaims
  refreshToken?: string
  /** Absent when a refresh brought no new ID token. */
  identity?: Identity
}

/** What may be asked of Logto's sign-in page. */
export type SignInHints = Pick<SignInOptions, 'firstScreen' | 'loginHint'>

const PLACEHOLDER = 'present'
const CALLBACK_PARAMETERS = ['state', 'code', 'error', 'iss']
// The SDK's own cache keeps the discovery document for ever, for all clients of a process.
const NO_CACHE = { getItem: async () => null, setItem: async () => {}, removeItem: async () => {} }

/**
 * The traditional web application at Logto. The protocol is the LogtoClient's of `@logto/node`, one for each exchange;
 * how requests reach Logto and how tokens are verified is ours.
 */
export class LogtoApplication {
  readonly #settings: Settings
  readonly #metadata: IssuerMetadata
  readonly #keys: KeySource
  readonly #tokens: LogtoTokens
  readonly #accessTokens: AccessTokenVerifier
  readonly #requester: ReturnType<typeof requesterOf>

  constructor(settings: Settings) {
    const { logtoEndpoint, appId, resource, issuer, timeoutMs, fetch } = settings
    this.#settings = settings
    this.#metadata = new IssuerMetadata({ baseUrl: issuerOf(logtoEndpoint), issuer, timeoutMs, fetch })
    this.#keys = new KeySource(this.#metadata)
    this.#tokens = new LogtoTokens(this.#keys, appId)
    this.#accessTokens = new AccessTokenVerifier({
      keySources: [this.#keys],
      audiences: [resource],
    })
    this.#requester = requesterOf(settings, this.#metadata)
  }

  /** Returns the claims of an access token; a token that was verified before costs a lookup. @throws AuthError */
  verifyAccessToken(token: string): Promise<AccessTokenClaims> {
    return this.#accessTokens.verify(token)
  }

  /** Verifies what Logto posts to the back-channel logout route. @throws as `LogtoTokens.verifyLogoutToken`. */
  verifyLogoutToken(token: string): Promise<LogoutTarget> {
    return this.#tokens.verifyLogoutToken(token)
  }

  /**
   * Returns where to send the browser, and what to remember until it comes back. The nonce ties the ID token to this
   * browser (OpenID Connect Core 1.0, 3.1.2.1); Logto takes one because the SDK always asks for the scope `openid`.
   */
  async beginSignIn(
    redirectUri: string,
    hints: SignInHints,
  ): Promise<{ url: string; session: SignInSession }> {
    const exchange = new SignInExchange()
    const nonce = crypto.randomUUID()
    await this.#client(exchange).signIn({ redirectUri, ...hints, extraParams: { nonce } })
    return { url: exchange.destination, session: { ...exchange.signInSession, nonce } }
  }

  /**
   * Trades the code of a callback for tokens.
   *
   * @param callbackUrl - the redirect URI with the query that Logto appended.
   * @throws LogtoError, LogtoAnswerError, AuthError, jose's errors, and what fetch throws.
   */
  async completeSignIn(callbackUrl: string, session: SignInSession): Promise<Grant> {
    const exchange = new SignInExchange({ signInSession: JSON.stringify(session) })
    const client = this.#client(exchange, session.nonce)
    // Keys before tokens: a code or refresh token that was traded for tokens that cannot be verified would be lost.
    await this.#keys.warmUp()
    await client.handleSignInCallback(callbackUrl)
    return this.#requestGrant(client, exchange)
  }

  /** @throws LogtoAnswerError, AuthError, jose's errors, and what fetch throws. */
  async refresh(refreshToken: string): Promise<Grant> {
    await this.#keys.warmUp()
    // The SDK asks only whether there is an ID token; the session keeps its claims instead.
    const exchange = new SignInExchange({ refreshToken, idToken: PLACEHOLDER })
    return this.#requestGrant(this.#client(exchange), exchange)
  }

  /**
   * Revokes the refresh token, if Logto can be reached, and returns the URL where the browser ends Logto's session.
   *
   * @throws Error when Logto's endpoints are not known.
   */
  async signOut(refreshToken: string | undefined, postLogoutRedirectUri: string): Promise<string> {
    const exchange = new SignInExchange(refreshToken === undefined ? {} : { refreshToken })
    await this.#client(exchange).signOut(postLogoutRedirectUri)
    return exchange.destination
  }

  /**
   * Returns why a callback is not an answer of this Logto, or undefined: it names another issuer, or none although this one
   * always names itself (RFC 9207, 2.4), or has a parameter twice (RFC 6749, 3.1).
   *
   * @throws Error when the issuer is not known.
   */
  async callbackProblem(answer: URLSearchParams): Promise<string | undefined> {
    const repeated = CALLBACK_PARAMETERS.find((name) => answer.getAll(name).length > 1)
    if (repeated !== undefined) return `The answer has ${repeated} more than once`
    const { issuer, alwaysNamesItself } = await freshOrLast(this.#metadata)
    const named = answer.get('iss')
    // An error that names nobody has nothing in it to exchange. An empty one is none, for the SDK too.
    const mayBeNameless = !alwaysNamesItself || Boolean(answer.get('error'))
    if (named === issuer || (named === null && mayBeNameless)) return undefined
    return `Expected the issuer ${JSON.stringify(issuer)}, got ${JSON.stringify(named?.slice(0, 200) ?? 'none')}`
  }

  async #requestGrant(client: InstanceType<typeof LogtoClient>, exchange: SignInExchange): Promise<Grant> {
    const { resource, requiredOrganization } = this.#settings
    const accessToken = await client.getAccessToken(resource, requiredOrganization)
    const accessTokenClaims = await this.verifyAccessToken(accessToken)
    const { identity, refreshToken } = exchange
    if (identity && identity.userId !== accessTokenClaims.sub) {
      throw new Error('The ID token and the access token are of different users')
    }
    return {
      accessToken,
      accessTokenClaims,
      ...(refreshToken !== undefined && { refreshToken }),
      ...(identity && { identity }),
    }
  }

  /** @param nonce - of the sign-in; undefined for a refresh, whose ID token is compared with the session's user. */
  #client(exchange: SignInExchange, nonce?: string): InstanceType<typeof LogtoClient> {
    const { logtoEndpoint, appId, appSecret, resource, scopes, requiredOrganization } = this.#settings
    const organizationScopes = requiredOrganization === undefined ? [] : ['urn:logto:scope:organizations']
    return new LogtoClient(
      {
        endpoint: logtoEndpoint,
        appId,
        appSecret,
        resources: [resource],
        scopes: [...new Set([...scopes, ...organizationScopes])],
      },
      {
        storage: exchange,
        navigate: exchange.navigate,
        requester: this.#requester,
        unstable_cache: NO_CACHE,
      },
      () => ({
        verifyIdToken: async (idToken) => {
          exchange.identity = await this.#tokens.verifyIdToken(idToken, nonce)
        },
      }),
    )
  }
}
