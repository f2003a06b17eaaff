import type { ZodType } from 'zod'
import { issuerOf } from '../logto/index.js'
import { isObject } from '../logto/is-object.js'
import { AnswerTooLargeError, fetchJson, type JsonAnswer } from '../server/fetch-json.js'
import { ManagementApi } from '../server/management-api.js'
import { ManagementError, type ManagementErrorCode } from '../server/management-error.js'
import { sendJson, type WriteMethod, writeJson } from '../server/management-write.js'
import { CliError } from './cli-error.js'
import { MANAGEMENT_ROLE } from './requirements.js'
import { type Settings, tokenEndpointOf } from './settings.js'
import type { Host } from './terminal.js'
import { MANAGEMENT_APP_ID } from './variables.js'

const TIMEOUT_MS = 10_000
/** One more attempt is enough for a dropped connection. A person waits for the answer. */
const RETRIES = 1
const MAX_PAGE_SIZE = 100

/** A machine application with the role for the Management API. */
interface Credentials {
  appId: string
  appSecret: string
}

/** Logto's Management API, with answers that are checked and errors that name the flags of the command line. */
export class LogtoConnection {
  readonly #api: ManagementApi
  readonly #settings: Settings
  readonly #appId: string

  constructor(settings: Settings, { appId, appSecret }: Credentials, fetch: Host['fetch']) {
    this.#settings = settings
    this.#appId = appId
    this.#api = new ManagementApi({
      logtoEndpoint: settings.logtoEndpoint,
      resource: settings.managementResource,
      tokenEndpoint: `${issuerOf(tokenEndpointOf(settings, appId))}/token`,
      appId,
      appSecret,
      timeoutMs: TIMEOUT_MS,
      retries: RETRIES,
      fetch,
    })
  }

  /** Resolves with the time when Logto issued the machine token, by its clock: seconds since the epoch. @throws CliError */
  async issuedAt(): Promise<number> {
    const token = await this.#translated(this.#api.token())
    const issuedAt = issuedAtOf(token)
    if (issuedAt === undefined) throw new CliError('answer_unexpected', 'The machine token has no iat.')
    return issuedAt
  }

  /** Reads and checks a value. @throws CliError */
  async get<T>(path: string, schema: ZodType<T>): Promise<T> {
    const { body } = await this.#translated(this.#api.get(path))
    return parse(schema, body, path)
  }

  /** Like `get`, but resolves with undefined when Logto has no such thing. @throws CliError */
  async find<T>(path: string, schema: ZodType<T>): Promise<T | undefined> {
    const answer = await this.#translated(this.#api.find(path))
    return answer && parse(schema, answer.body, path)
  }

  /** Reads the rows of a list that Logto serves in pages. @throws CliError */
  async list<T>(path: string, schema: ZodType<T[]>, maxPages = Number.POSITIVE_INFINITY): Promise<T[]> {
    const rows: T[] = []
    // Its Link headers lead to a web page (docs/facts.md, "Management API"), so pages are counted.
    for (let page = 1; page <= maxPages; page++) {
      const separator = path.includes('?') ? '&' : '?'
      const query = `page=${page}&page_size=${MAX_PAGE_SIZE}`
      const found = await this.get(path + separator + query, schema)
      rows.push(...found)
      if (found.length < MAX_PAGE_SIZE) break
    }
    return rows
  }

  /** Writes, and checks the answer. @throws CliError */
  async write<T>(method: WriteMethod, path: string, body: unknown, schema: ZodType<T>): Promise<T> {
    const answer = await this.#translated(writeJson(this.#api, method, path, body))
    return parse(schema, answer.body, path)
  }

  /** Sends one POST and resolves with any answer below 500. @throws CliError when there is none. */
  post(path: string, body: unknown): Promise<JsonAnswer> {
    return this.#translated(sendJson(this.#api, 'POST', path, body))
  }

  async #translated<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw error instanceof ManagementError ? this.#cliErrorOf(error) : error
    }
  }

  /** Returns the same failure in the words of the command line, whose flags and variables are not the Client's options. */
  #cliErrorOf(error: ManagementError): CliError {
    const appId = this.#appId
    const { logtoEndpoint, managementResource } = this.#settings
    const tokenEndpoint = tokenEndpointOf(this.#settings, appId)
    const cliError = (message: string, remedy?: string) =>
      new CliError(CODES[error.code] ?? error.code, message, { remedy, cause: error })
    switch (error.code) {
      case 'unreachable': {
        const endpoints = new Set([tokenEndpoint, logtoEndpoint])
        return unreachable([...endpoints].join(' or '), error.cause)
      }
      case 'client_secret_invalid':
        return cliError(
          `Logto does not accept the secret of the application ${appId}.`,
          `Copy it from the console: Applications, ${appId}, App secrets.`,
        )
      case 'client_secret_expired':
        return cliError(
          `The secret of the application ${appId} has expired.`,
          `Make a new one: console, Applications, ${appId}, App secrets. setup does it where ` +
            `${MANAGEMENT_APP_ID} names another machine application. Then restart the API.`,
        )
      case 'client_unknown':
        return cliError(
          `The Logto at ${tokenEndpoint} has no application ${appId}.`,
          appId === 'm-default'
            ? 'm-default lives at the admin endpoint: give --admin-endpoint, port 3002 unless configured otherwise.'
            : 'Correct the id. A machine-to-machine application is under Applications in the console.',
        )
      case 'resource_unknown':
        return cliError(
          `This Logto has no Management API ${managementResource}.`,
          'Give --management-resource; on Logto Cloud it is https://<tenant id>.logto.app/api.',
        )
      case 'role_missing':
        return cliError(
          `The machine application ${appId} may not use the Management API.`,
          `Give it the role "${MANAGEMENT_ROLE}": console, Roles, Machine-to-machine.`,
        )
      default:
        return cliError(error.logtoMessage ? `${error.message}. ${error.logtoMessage}` : error.message)
    }
  }
}

/** Codes that `--json` prints, where they differ from those of a ManagementError. */
const CODES: Partial<Record<ManagementErrorCode, string>> = {
  client_secret_invalid: 'secret_wrong',
  client_secret_expired: 'secret_expired',
  client_unknown: 'application_unknown',
  client_type_unsupported: 'token_refused',
  response_invalid: 'answer_unexpected',
  response_too_large: 'answer_unexpected',
  request_refused: 'logto_refused',
  server_error: 'logto_refused',
  rate_limited: 'logto_refused',
}

/**
 * Sends one request to a server that need not be Logto.
 *
 * @throws CliError `unreachable`, `answer_unexpected` when the answer is too large.
 */
export async function request(
  { fetch }: Pick<Host, 'fetch'>,
  url: string,
  init: Pick<RequestInit, 'method' | 'headers' | 'body'> = {},
): Promise<JsonAnswer> {
  try {
    return await fetchJson(url, { ...init, timeoutMs: TIMEOUT_MS, fetch })
  } catch (cause) {
    if (!(cause instanceof AnswerTooLargeError)) throw unreachable(new URL(url).origin, cause)
    throw new CliError('answer_unexpected', `${cause.message}.`, {
      remedy: 'Is something else on this port? Correct the URL.',
      cause,
    })
  }
}

function unreachable(server: string, cause: unknown): CliError {
  const { cause: reason = cause } = cause instanceof Error ? cause : {}
  const why = isObject(reason) && 'code' in reason ? reason.code : messageOf(cause)
  return new CliError('unreachable', `${server} does not answer: ${why}`, {
    remedy: 'Start it, or correct its URL.',
    cause,
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function issuedAtOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return isObject(claims) && typeof claims.iat === 'number' ? claims.iat : undefined
  } catch {
    return undefined
  }
}

function parse<T>(schema: ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue ? `${issue.path.join('.')}: ${issue.message}` : 'no JSON'
  throw new CliError('answer_unexpected', `The answer to ${path} is not Logto's (${place}).`, {
    remedy: 'Is this a Logto, and no proxy or web page before it?',
  })
}
