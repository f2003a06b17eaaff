import { DEFAULT_MANAGEMENT_API_RESOURCE, issuerOf, type LogtoUser } from '../logto/index.js'
import { isObject } from '../logto/is-object.js'
import { oneLine } from '../logto/log-line.js'
import { integer, type OptionRules, SERVER_ENDPOINT, STRING, TIMEOUT_MS } from '../logto/option-rules.js'
import type { FetchJsonOptions, JsonAnswer } from './fetch-json.js'
import { pathSegmentOf, urlBelow } from './logto-url.js'
import { MachineToken } from './machine-token.js'
import { ManagementError, unexpected } from './management-error.js'
import { logtoCodeOf, type ManagementTransport, requestLogto } from './management-request.js'

/** How Logto's token endpoint and Management API are reached. */
export interface ManagementOptions {
  /**
   * Indicator of the Management API. Default `https://default.logto.app/api` (self-hosted), or the tenant's own for an
   * endpoint `https://<tenant id>.logto.app`.
   */
  resource?: string
  /**
   * Where the machine token comes from. Default `<logtoEndpoint>/oidc/token`. Self-hosted Logto's built-in application
   * `m-default` gets its token from the admin endpoint instead: `http://127.0.0.1:3002/oidc/token`.
   */
  tokenEndpoint?: string
  /** Longest wait for one answer, in milliseconds. Default 10,000. */
  timeoutMs?: number
  /** Further attempts after a network error, 429 or 5xx. Default 3. */
  retries?: number
  /** Longest answer of the Management API, in bytes after decompression. Default 8,388,608 (8 MiB). */
  maxBytes?: number
}

export const MANAGEMENT_RULES = {
  resource: STRING,
  tokenEndpoint: SERVER_ENDPOINT,
  timeoutMs: TIMEOUT_MS,
  retries: integer(0),
  maxBytes: integer(1),
} satisfies OptionRules<ManagementOptions>

/** Which Logto is managed, and by which machine-to-machine application. */
export interface ManagementApiOptions extends ManagementOptions {
  /** Base URL of Logto, without trailing slashes. */
  logtoEndpoint: string
  appId?: string | undefined
  appSecret?: string | undefined
  fetch?: typeof fetch | undefined
}

/** A request, where it is more than a GET that may be repeated. */
export interface ManagementRequest extends Pick<FetchJsonOptions, 'method' | 'headers' | 'body' | 'signal'> {
  /** Default: those of the options. 0 for a request that must not be carried out twice. */
  retries?: number
}

/** Leaves room for a list: Logto counts all users for every page of them. */
const DEFAULT_TIMEOUT_MS = 10_000
/** Their pauses add up to 0.7 to 1.4 seconds: enough for a dropped connection, and no long wait in an outage. */
const DEFAULT_RETRIES = 3
/** A page of a hundred users of 80 kB each: Logto's users have 1 to 3 kB, and custom data of any size. */
const DEFAULT_MAX_BYTES = 8_388_608

/** Logto's Management API, called with the machine token. */
export class ManagementApi {
  /** Where the paths begin: `http://127.0.0.1:3001/api`. */
  readonly baseUrl: string
  readonly #transport: ManagementTransport
  readonly #maxBytes: number
  readonly #machineToken: MachineToken

  constructor({
    logtoEndpoint,
    tokenEndpoint = `${issuerOf(logtoEndpoint)}/token`,
    resource = managementResourceOf(logtoEndpoint),
    appId,
    appSecret,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    retries = DEFAULT_RETRIES,
    maxBytes = DEFAULT_MAX_BYTES,
    fetch,
  }: ManagementApiOptions) {
    this.baseUrl = `${logtoEndpoint}/api`
    this.#transport = { timeoutMs, retries, fetch }
    this.#maxBytes = maxBytes
    this.#machineToken = new MachineToken({ ...this.#transport, tokenEndpoint, resource, appId, appSecret })
  }

  /** Resolves with the machine token. @throws ManagementError; `signal`'s reason when it aborted. */
  token(signal?: AbortSignal): Promise<string> {
    return this.#machineToken.get(signal)
  }

  /**
   * Asks Logto for a new machine token, and for a user with it.
   *
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async checkAccess(signal?: AbortSignal): Promise<void> {
    await this.#machineToken.renew(signal)
    await this.get('/users?page=1&page_size=1', signal)
  }

  /**
   * Resolves with the user as Logto has it now; undefined when there is none with this id.
   *
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async user(id: string, signal?: AbortSignal): Promise<LogtoUser | undefined> {
    const segment = pathSegmentOf(id)
    if (segment === undefined) return undefined
    const answer = await this.find(`/users/${segment}`, signal)
    if (!answer) return undefined
    if (!isUser(answer.body)) throw unexpected(`${this.baseUrl}/users/:id`, answer.status)
    return answer.body
  }

  /**
   * Reads a thing; undefined when Logto says that there is none.
   *
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async find(path: string, signal?: AbortSignal): Promise<JsonAnswer | undefined> {
    const answer = await this.send(path, { signal })
    // Logto answers an unknown route with the text "Not Found" (recordings/errors/mgmt-unknown-route-404.json).
    if (answer.status === 404 && logtoCodeOf(answer.body) !== undefined) return undefined
    return this.#found(answer, path)
  }

  /**
   * Reads a thing that must be there.
   *
   * @param path - below `/api`, with its query: `/users?page=1`.
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async get(path: string, signal?: AbortSignal): Promise<JsonAnswer> {
    return this.#found(await this.send(path, { signal }), path)
  }

  /**
   * Sends a request and resolves with any answer below 500.
   *
   * @throws ManagementError when there is no token or no answer, or for 429 and 5xx; `signal`'s reason when it aborted.
   */
  async send(path: string, request: ManagementRequest): Promise<JsonAnswer> {
    const url = urlBelow(this.baseUrl, path)
    const sendWith = (token: string) =>
      requestLogto(url, {
        ...this.#transport,
        maxBytes: this.#maxBytes,
        ...request,
        headers: { ...request.headers, authorization: `Bearer ${token}`, accept: 'application/json' },
      })
    const token = await this.token(request.signal)
    const answer = await sendWith(token)
    if (answer.status !== 401) return answer
    // Logto's keys were rotated away, or it was set up anew: a new token may do. What got a 401 was not carried out.
    this.#machineToken.discard(token)
    return sendWith(await this.token(request.signal))
  }

  #found(answer: JsonAnswer, path: string): JsonAnswer {
    if (answer.status === 200 && answer.body !== undefined) return answer
    throw refusalOf(answer, `GET ${this.baseUrl}${path}`)
  }
}

/** Returns the indicator of the Management API of a Logto: Logto Cloud has one per tenant. */
export function managementResourceOf(logtoEndpoint: string): string {
  const { hostname } = new URL(logtoEndpoint)
  return hostname.endsWith('.logto.app') ? `https://${hostname}/api` : DEFAULT_MANAGEMENT_API_RESOURCE
}

/**
 * Returns why Logto did not carry a request out.
 *
 * @param request - its method and URL.
 */
export function refusalOf({ status, body }: JsonAnswer, request: string): ManagementError {
  const logtoCode = logtoCodeOf(body)
  if (logtoCode === undefined) return unexpected(request, status)
  // Of a 401 nothing more: its text can echo the token. What stands before Logto can echo it with any status.
  const logtoMessage = status !== 401 && isObject(body) ? body.message : undefined
  const details = {
    logtoStatus: status,
    logtoCode,
    ...(typeof logtoMessage === 'string' && { logtoMessage: oneLine(logtoMessage) }),
  }
  return status === 403
    ? new ManagementError(
        'role_missing',
        `Logto forbids ${request}: give the application the role "Logto Management API access" (console: Roles, ` +
          'machine-to-machine)',
        details,
      )
    : new ManagementError('request_refused', `Logto refused ${request}: ${logtoCode}`, details)
}

/** Whether a value of the Management API is a user, with the two fields that the sync relies on. */
export function isUser(value: unknown): value is LogtoUser {
  return isObject(value) && typeof value.id === 'string' && typeof value.updatedAt === 'number'
}
