import type { LogtoUser } from '../logto/index.js'
import type { JsonAnswer } from './fetch-json.js'
import type { MachineToken } from './machine-token.js'
import { ManagementError } from './management-error.js'
import { logtoCodeOf, requestLogto } from './management-request.js'

/** How the Management API is reached. */
export interface ManagementApiOptions {
  /** `<logtoEndpoint>/api`. */
  baseUrl: string
  machineToken: MachineToken
  timeoutMs: number
  retries: number
  fetch: typeof fetch | undefined
}

/** Reading requests to Logto's Management API, with the machine token. */
export class ManagementApi {
  readonly #options: ManagementApiOptions

  constructor(options: ManagementApiOptions) {
    this.#options = options
  }

  /**
   * The user with this id, as Logto has it now; undefined when there is none.
   *
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async user(id: string, signal?: AbortSignal): Promise<LogtoUser | undefined> {
    // encodeURIComponent leaves dots alone, and a URL takes them for a way up.
    if (/^\.{0,2}$/.test(id)) return undefined
    const { status, body } = await this.get(`/users/${encodeURIComponent(id)}`, signal)
    if (status === 404) return undefined
    if (!isUser(body)) throw unexpected(`${this.#options.baseUrl}/users/:id`, status)
    return body
  }

  /**
   * An answer with status 200, or 404 with an error of Logto's.
   *
   * @throws ManagementError; `signal`'s reason when it aborted.
   */
  async get(path: string, signal?: AbortSignal): Promise<JsonAnswer> {
    const answer = await this.#send(path, signal)
    const { status, body } = answer
    const logtoCode = logtoCodeOf(body)
    if (status === 200 && body !== undefined) return answer
    // Logto answers an unknown route with the text "Not Found" (recordings/errors/mgmt-unknown-route-404.json).
    if (status === 404 && logtoCode !== undefined) return answer
    const url = this.#options.baseUrl + path
    if (logtoCode === undefined) throw unexpected(url, status)
    const details = { logtoStatus: status, logtoCode }
    if (status === 403) {
      throw new ManagementError(
        'role_missing',
        `Logto forbids ${url}: give the application the role "Logto Management API access" (console: Roles, ` +
          'machine-to-machine)',
        details,
      )
    }
    throw new ManagementError('request_refused', `Logto refused ${url}: ${logtoCode}`, details)
  }

  async #send(path: string, signal: AbortSignal | undefined): Promise<JsonAnswer> {
    const { baseUrl, machineToken, timeoutMs, retries, fetch } = this.#options
    const send = async (token: string) =>
      requestLogto(baseUrl + path, {
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        timeoutMs,
        retries,
        fetch,
        signal,
      })
    const token = await machineToken.get(signal)
    const answer = await send(token)
    if (answer.status !== 401) return answer
    // Logto's keys were rotated away, or it was set up anew: a new token may do.
    machineToken.discard(token)
    return send(await machineToken.get(signal))
  }
}

/** An answer that Logto does not give. */
export function unexpected(url: string, status: number): ManagementError {
  return new ManagementError(
    'response_invalid',
    `${url} answered with status ${status} and something that is not Logto's: is logtoEndpoint the URL of Logto itself?`,
    { logtoStatus: status },
  )
}

/** Whether a value of the Management API is a user: its id is what everything here goes by. */
export function isUser(value: unknown): value is LogtoUser {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'updatedAt' in value &&
    typeof value.updatedAt === 'number'
  )
}
