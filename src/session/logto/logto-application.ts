import type { SignInOptions } from '@logto/node'
import { issuerOf } from '../../logto/index.js'
import { optionalPeer } from '../../logto/optional-peer.js'
import type { AccessTokenClaims } from '../../server/claims.js'
import { Client } from '../../server/client.js'
import { IssuerMetadata } from '../../server/issuer-metadata.js'
import { KeySource } from '../../server/key-source.js'
import type { Settings } from '../options.js'
import { Discovery } from './discovery.js'
import { Exchange, type Identity } from './exchange.js'
import { type IdTokenVerifier, idTokenVerifierOf } from './id-token.js'
import { type LogoutTokenVerifier, logoutTokenVerifierOf } from './logout-token.js'
import { requesterOf } from './requester.js'
import { isSignInSession, type SignInSession } from './sign-in-session.js'

const { default: LogtoClient } = await optionalPeer(
  '@logto/node',
  () => import('@logto/node'),
  '@yourorg/interaqt-logto/session',
)

/** What Logto gave for a code or a refresh token, verified. */
export interface Grant {
  accessToken: string
  accessTokenClaims: AccessTokenClaims
  refreshToken?: string
  /** Absent when a refresh brought no new ID token. */
  identity?: Identity
}

/** What may be asked of Logto's sign-in page. */
export type SignInHints = Pick<SignInOptions, 'firstScreen' | 'loginHint'>

/**
 * The traditional web application at Logto: the protocol is the LogtoClient's of `@logto/node`, one for each exchange; how
 * it reaches Logto and how tokens are verified is ours.
 */
export class LogtoApplication {
  readonly #settings: Settings
  readonly #discovery: Discovery
  readonly #accessTokens: Client
  readonly #keys: KeySource
  readonly #verifyIdToken: IdTokenVerifier
  readonly #requester: ReturnType<typeof requesterOf>
  /** Verifies what Logto posts to the back-channel logout route. */
  readonly verifyLogoutToken: LogoutTokenVerifier

  constructor(settings: Settings) {
    const { logtoEndpoint, resource, issuer, timeoutMs, fetch } = settings
    this.#settings = settings
    this.#discovery = new Discovery({ logtoEndpoint, issuer, timeoutMs, fetch })
    this.#accessTokens = new Client({
      logtoEndpoint,
      resource,
      keys: { timeoutMs },
      ...(issuer !== undefined && { issuer }),
      ...(fetch && { fetch }),
    })
    this.#keys = new KeySource(
      new IssuerMetadata({ baseUrl: issuerOf(logtoEndpoint), issuer, timeoutMs, fetch }),
    )
    this.#verifyIdToken = idTokenVerifierOf(this.#keys, settings.appId)
    this.#requester = requesterOf(settings, this.#discovery)
    this.verifyLogoutToken = logoutTokenVerifierOf(this.#keys, settings.appId)
  }

  /** Claims of an access token, which costs a lookup for one that was verified before. @throws AuthError */
  verifyAccessToken(token: string): Promise<AccessTokenClaims> {
    return this.#accessTokens.verifyAccessToken(token)
  }

  /** Where to send the browser, and what to remember until it comes back. */
  async beginSignIn(
    redirectUri: string,
    hints: SignInHints,
  ): Promise<{ url: string; session: SignInSession }> {
    const exchange = new Exchange()
    await this.#client(exchange).signIn({ redirectUri, ...hints })
    return { url: exchange.navigatedTo(), session: toSignInSession(exchange.items.get('signInSession')) }
  }

  /**
   * Trades the code of a callback for tokens.
   *
   * @param callbackUrl - the redirect URI with the query that Logto appended.
   * @throws LogtoError, LogtoAnswerError, AuthError, jose's errors, and what fetch throws.
   */
  async completeSignIn(callbackUrl: string, session: SignInSession): Promise<Grant> {
    const exchange = new Exchange({ signInSession: JSON.stringify(session) })
    const client = this.#client(exchange)
    await this.#warmUp()
    await client.handleSignInCallback(callbackUrl)
    return this.#requestGrant(client, exchange)
  }

  /** @throws LogtoAnswerError, AuthError, jose's errors, and what fetch throws. */
  async refresh(refreshToken: string): Promise<Grant> {
    await this.#warmUp()
    // The SDK asks only whether there is an ID token; the session keeps its claims instead.
    const exchange = new Exchange({ refreshToken, idToken: PLACEHOLDER })
    return this.#requestGrant(this.#client(exchange), exchange)
  }

  /**
   * Revokes the refresh token, as far as Logto can be reached, and gives the URL where the browser ends Logto's session.
   *
   * @throws Error when Logto's endpoints are not known.
   */
  async signOut(refreshToken: string | undefined, postLogoutRedirectUri: string): Promise<string> {
    const exchange = new Exchange(refreshToken === undefined ? {} : { refreshToken })
    await this.#client(exchange).signOut(postLogoutRedirectUri)
    return exchange.navigatedTo()
  }

  /** The issuer that a callback must name (RFC 9207). */
  async issuer(): Promise<string> {
    return (await this.#discovery.endpoints()).issuer
  }

  /** Keys before tokens: a refresh token that was traded for one that cannot be verified would be lost. */
  async #warmUp(): Promise<void> {
    await Promise.all([this.#accessTokens.warmUp(), this.#keys.warmUp()])
  }

  async #requestGrant(client: InstanceType<typeof LogtoClient>, exchange: Exchange): Promise<Grant> {
    const { resource, requiredOrganization } = this.#settings
    const accessToken = await client.getAccessToken(resource, requiredOrganization)
    const accessTokenClaims = await this.verifyAccessToken(accessToken)
    const { identity } = exchange
    if (identity && identity.userId !== accessTokenClaims.sub) {
      throw new Error('The ID token and the access token are of different users')
    }
    const refreshToken = exchange.items.get('refreshToken')
    return {
      accessToken,
      accessTokenClaims,
      ...(refreshToken !== undefined && { refreshToken }),
      ...(identity && { identity }),
    }
  }

  #client(exchange: Exchange): InstanceType<typeof LogtoClient> {
    const { logtoEndpoint, appId, appSecret, resource, scopes, requiredOrganization } = this.#settings
    const organizationScopes = requiredOrganization === undefined ? [] : ['urn:logto:scope:organizations']
    const config = {
      endpoint: logtoEndpoint,
      appId,
      appSecret,
      resources: [resource],
      scopes: [...new Set([...scopes, ...organizationScopes])],
    }
    const adapter = {
      storage: exchange,
      navigate: exchange.navigate,
      requester: this.#requester,
      unstable_cache: NO_CACHE,
    }
    return new LogtoClient(config, adapter, () => ({
      verifyIdToken: async (idToken) => {
        exchange.identity = await this.#verifyIdToken(idToken)
      },
    }))
  }
}

const PLACEHOLDER = 'present'

// The SDK's own cache keeps the discovery document for ever, for all clients of a process; ours is in the requester.
const NO_CACHE = { getItem: async () => null, setItem: async () => {}, removeItem: async () => {} }

function toSignInSession(json: string | undefined): SignInSession {
  const session: unknown = json === undefined ? undefined : JSON.parse(json)
  if (isSignInSession(session)) return session
  throw new Error('The Logto SDK kept no sign-in session')
}
