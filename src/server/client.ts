import { checkOptions } from '../logto/check-options.js'
import { type LogtoUser, parseEndpoint } from '../logto/index.js'
import type { Logger } from '../logto/logger.js'
import { SIGNAL } from '../logto/option-rules.js'
import { AccessTokenVerifier, type VerifyOptions } from './access-token-verifier.js'
import { bearerTokenOf, type RequestHeaders } from './bearer-token.js'
import type { AccessTokenClaims } from './claims.js'
import type { KeySource, KeySourceStatus } from './key-source.js'
import {
  type DeliveriesOptions,
  type HookDelivery,
  readDeliveries,
  readUsers,
  type UsersOptions,
} from './lists.js'
import { ManagementApi } from './management-api.js'
import { audiencesOf, type ClientOptions, clientOptionsOf, keySourcesOf } from './options.js'
import type { VerifiedTokenStatistics } from './verified-tokens.js'

/** The keys and counters of a Client, for health checks and metrics. */
export interface ClientStatus {
  keySources: KeySourceStatus[]
  verifiedTokens: VerifiedTokenStatistics
}

const REQUEST_RULES = { signal: SIGNAL }

/**
 * The backend's view of Logto: verifies access tokens, and reads users with the machine token.
 *
 * ```ts
 * const logto = new Client('http://127.0.0.1:3001', M2M_APP_ID, M2M_APP_SECRET, 'http://127.0.0.1:4000')
 * const { sub } = await logto.verifyJWTForAPI(request.headers)
 * ```
 */
export class Client {
  /** Base URL of Logto, without trailing slashes. */
  readonly logtoEndpoint: string
  /** API resources whose tokens are accepted. */
  readonly audiences: readonly string[]
  readonly #keySources: readonly KeySource[]
  readonly #verifier: AccessTokenVerifier
  readonly #managementApi: ManagementApi
  readonly #logger: Logger

  /** @throws TypeError that names every option that is missing, unknown, of another type or out of its range. */
  constructor(options: ClientOptions)
  constructor(logtoEndpoint: string, appId: string, appSecret: string, interaqtEndpoint: string)
  constructor(...args: [ClientOptions] | [string, string, string, string]) {
    const options = clientOptionsOf(args)
    this.logtoEndpoint = parseEndpoint(options.logtoEndpoint, 'logtoEndpoint')
    this.audiences = audiencesOf(options)
    this.#logger = options.logger ?? console
    this.#keySources = keySourcesOf(this.logtoEndpoint, options)
    this.#verifier = new AccessTokenVerifier({
      ...options,
      keySources: this.#keySources,
      audiences: this.audiences,
    })
    const { appId, appSecret, management, fetch } = options
    this.#managementApi = new ManagementApi({
      ...management,
      logtoEndpoint: this.logtoEndpoint,
      appId,
      appSecret,
      fetch,
    })
  }

  /**
   * Verifies a user's access token and resolves with its claims.
   *
   * Checked: size, strict spelling, an asymmetric algorithm, a key of the issuer, `typ: at+jwt`, `iss`, `aud`, `exp`,
   * `iat`, `nbf`, `sub`, and that it speaks for a user. Not checked: whether the user has been suspended or deleted
   * since; Logto's JWTs cannot be revoked and verify until `exp`.
   *
   * @throws AuthError, and nothing else; TypeError for options that do not exist.
   */
  verifyAccessToken(token: string, options?: VerifyOptions): Promise<AccessTokenClaims> {
    return this.#verifier.verify(token, options)
  }

  /**
   * Verifies the bearer token of a request; the original Logto guide's call.
   *
   * @param headers - Node's header object, or a Fetch `Headers`.
   * @throws AuthError, and nothing else, also for what are no headers; TypeError for options that do not exist.
   */
  async verifyJWTForAPI(headers: RequestHeaders, options?: VerifyOptions): Promise<AccessTokenClaims> {
    return this.verifyAccessToken(bearerTokenOf(headers), options)
  }

  /**
   * Fetches the discovery document and keys of every issuer, so that the first request does not wait for them.
   *
   * @throws AuthError `keys_unavailable`.
   */
  warmUp(): Promise<void> {
    return this.#verifier.warmUp()
  }

  /**
   * Resolves with the issuers whose tokens are accepted, configured or discovered.
   *
   * @throws AuthError `keys_unavailable`.
   */
  issuers(): Promise<readonly string[]> {
    return Promise.all(this.#keySources.map((source) => source.issuer()))
  }

  /** Where the warnings of `createParseUserId` go. */
  get logger(): Logger {
    return this.#logger
  }

  /** Returns which keys are held and since when, and how often the verified-token cache answered. */
  status(): ClientStatus {
    return {
      keySources: this.#keySources.map((source) => source.status()),
      verifiedTokens: this.#verifier.statistics(),
    }
  }

  /**
   * Resolves with the machine token for the Management API, which is renewed before it expires. Logto's own typed client
   * takes it:
   * `createApiClient({ baseUrl: logto.logtoEndpoint, getToken: () => logto.getManagementToken() })` of `@logto/api`.
   *
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async getManagementToken(options: { signal?: AbortSignal } = {}): Promise<string> {
    checkOptions('getManagementToken', options, REQUEST_RULES)
    return this.#managementApi.token(options.signal)
  }

  /**
   * Resolves when `appId` and `appSecret` are good now: Logto gives a new machine token for them, and shows users for it. The
   * token that is kept says nothing of a secret that was deleted, or has expired, since it was issued.
   *
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async checkManagementAccess(options: { signal?: AbortSignal } = {}): Promise<void> {
    checkOptions('checkManagementAccess', options, REQUEST_RULES)
    return this.#managementApi.checkAccess(options.signal)
  }

  /**
   * Resolves with a user as Logto has it now; undefined when there is none with this id.
   *
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async getUser(logtoUserId: string, options: { signal?: AbortSignal } = {}): Promise<LogtoUser | undefined> {
    checkOptions('getUser', options, REQUEST_RULES)
    return this.#managementApi.user(logtoUserId, options.signal)
  }

  /**
   * Reads all users, newest first, some pages ahead. The list is not a snapshot: users that are made or deleted
   * meanwhile may or may not be in it. Where users have the same `createdAt`, as after an import, Logto's pages can
   * repeat some and lack others.
   *
   * @throws ManagementError while iterating; `signal`'s reason when it aborted; RangeError for a `pageSize` or
   * `concurrency` out of its range; TypeError for other bad options.
   */
  users(options: UsersOptions = {}): AsyncIterable<LogtoUser> {
    return readUsers(this.#managementApi, options)
  }

  /**
   * Reads the delivery log of a hook, newest first: what Logto tried to deliver, and the results. Without
   * `startTime` and `endTime` that is the last 24 hours.
   *
   * @throws ManagementError while iterating; `signal`'s reason when it aborted; TypeError for an empty `hookId` and bad
   * options.
   */
  recentDeliveries(hookId: string, options: DeliveriesOptions = {}): AsyncIterable<HookDelivery> {
    return readDeliveries(this.#managementApi, hookId, options)
  }
}
