import type { ZodType } from 'zod'
import { isObject } from '../logto/is-object.js'
import { CliError } from './cli-error.js'
import { type Settings, tokenEndpointOf } from './settings.js'
import type { Host } from './terminal.js'

const TIMEOUT_MS = 10_000
const MANAGEMENT_SCOPE = 'all'

/** A machine application with the role for the Management API. */
interface Credentials {
  appId: string
  appSecret: string
}

interface ConnectionOptions extends Credentials {
  logtoEndpoint: string
  tokenEndpoint: string
  managementResource: string
  fetch: typeof fetch
}

/** An answer of Logto: status, and JSON where it sent some. */
export interface LogtoAnswer {
  status: number
  body: unknown
  headers: Headers
}

/** Logto's Management API, for reading and writing, as a machine application. */
export class LogtoConnection {
  readonly #options: ConnectionOptions
  #token: Promise<string> | undefined

  constructor(settings: Settings, credentials: Credentials, fetch: Host['fetch']) {
    const { logtoEndpoint, managementResource } = settings
    const tokenEndpoint = tokenEndpointOf(settings, credentials.appId)
    this.#options = { ...credentials, logtoEndpoint, managementResource, tokenEndpoint, fetch }
  }

  /** Scopes of the machine token for the Management API. @throws CliError */
  async scopes(): Promise<string[]> {
    const { scope } = await this.#fetchToken()
    return scope.split(' ').filter(Boolean)
  }

  /** When Logto issues a token now, by its clock: seconds since the epoch. @throws CliError */
  async issuedAt(): Promise<number> {
    const { token } = await this.#fetchToken()
    const claims = jsonOr(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    if (isObject(claims) && typeof claims.iat === 'number') return claims.iat
    throw new CliError('answer_unexpected', 'The machine token has no iat.')
  }

  /** Reads and checks a value. @throws CliError */
  async get<T>(path: string, schema: ZodType<T>): Promise<T> {
    return this.#parsed('GET', path, undefined, schema)
  }

  /** As `get`, but undefined when Logto has no such thing. @throws CliError */
  async find<T>(path: string, schema: ZodType<T>): Promise<T | undefined> {
    const answer = await this.send('GET', path)
    if (answer.status === 404) return undefined
    return parse(schema, expectSuccess(answer, 'GET', path), path)
  }

  /** Every row of a list that Logto serves in pages. @throws CliError */
  async list<T>(path: string, schema: ZodType<T[]>): Promise<T[]> {
    const rows: T[] = []
    // Its Link headers lead to a web page (docs/facts.md, "Management API"), so pages are counted.
    for (let page = 1; ; page++) {
      const found = await this.get(
        `${path}${path.includes('?') ? '&' : '?'}page=${page}&page_size=100`,
        schema,
      )
      rows.push(...found)
      if (found.length < 100) return rows
    }
  }

  /** Writes, and checks the answer. @throws CliError */
  async write<T>(method: 'POST' | 'PATCH', path: string, body: unknown, schema: ZodType<T>): Promise<T> {
    return this.#parsed(method, path, body, schema)
  }

  /** One request, whatever its answer. @throws CliError when there is none. */
  async send(method: string, path: string, body?: unknown): Promise<LogtoAnswer> {
    const { logtoEndpoint, fetch } = this.#options
    this.#token ??= this.#fetchToken().then(({ token }) => token)
    return request({ fetch }, `${logtoEndpoint}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  async #parsed<T>(method: string, path: string, body: unknown, schema: ZodType<T>): Promise<T> {
    return parse(schema, expectSuccess(await this.send(method, path, body), method, path), path)
  }

  async #fetchToken(): Promise<{ token: string; scope: string }> {
    const { tokenEndpoint, managementResource, appId, appSecret, fetch } = this.#options
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: appId,
      client_secret: appSecret,
      resource: managementResource,
      scope: MANAGEMENT_SCOPE,
    })
    const { status, body } = await request({ fetch }, `${tokenEndpoint}/oidc/token`, {
      method: 'POST',
      body: form,
    })
    if (status === 200 && isObject(body) && typeof body.access_token === 'string') {
      return { token: body.access_token, scope: typeof body.scope === 'string' ? body.scope : '' }
    }
    throw tokenRefused(this.#options, status, body)
  }
}

/**
 * A request with a time limit, and its answer as JSON where it is JSON.
 *
 * @throws CliError `unreachable`.
 */
export async function request(
  { fetch }: Pick<Host, 'fetch'>,
  url: string,
  init: RequestInit = {},
): Promise<LogtoAnswer> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    return { status: response.status, body: jsonOr(text), headers: response.headers }
  } catch (cause) {
    throw new CliError('unreachable', `${new URL(url).origin} does not answer: ${reasonOf(cause)}`, {
      remedy: 'Start it, or correct its URL.',
      cause,
    })
  }
}

function tokenRefused(
  { tokenEndpoint, appId, managementResource }: ConnectionOptions,
  status: number,
  body: unknown,
) {
  const error = isObject(body) && typeof body.error === 'string' ? body.error : undefined
  if (status === 401) {
    return new CliError('secret_wrong', `Logto does not accept the secret of the application ${appId}.`, {
      remedy: `Copy it from the console: Applications, ${appId}, App secrets.`,
    })
  }
  if (error === 'invalid_client') {
    const remedy =
      appId === 'm-default'
        ? 'm-default lives at the admin endpoint: give --admin-endpoint, port 3002 unless configured otherwise.'
        : 'Correct the id. A machine-to-machine application is under Applications in the console.'
    return new CliError('application_unknown', `The Logto at ${tokenEndpoint} has no application ${appId}.`, {
      remedy,
    })
  }
  if (error === 'invalid_target') {
    return new CliError('resource_unknown', `This Logto has no Management API ${managementResource}.`, {
      remedy: 'Give --management-resource; on Logto Cloud it is https://<tenant id>.logto.app/api.',
    })
  }
  return new CliError(
    'token_refused',
    `${tokenEndpoint} gave no token: status ${status}${error ? `, ${error}` : ''}.`,
    {
      remedy: `Is ${tokenEndpoint} a Logto, and ${appId} a machine-to-machine application of it?`,
    },
  )
}

// Logto's code and message only: a 401 of its Management API can echo the decoded token.
function expectSuccess({ status, body }: LogtoAnswer, method: string, path: string): unknown {
  if (status >= 200 && status < 300) return body
  if (status === 403) {
    throw new CliError(
      'role_missing',
      `The machine application may not use the Management API (${method} ${path}).`,
      {
        remedy: 'Give it the role "Logto Management API access": console, Roles, Machine-to-machine.',
      },
    )
  }
  const code = isObject(body) && typeof body.code === 'string' ? body.code : 'no code'
  const message = isObject(body) && typeof body.message === 'string' ? body.message : ''
  throw new CliError(
    'logto_refused',
    `Logto refused ${method} ${path}: status ${status}, ${code}. ${message}`.trim(),
  )
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

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if (cause.name === 'TimeoutError') return `nothing within ${TIMEOUT_MS / 1000} s`
  const inner = cause.cause
  if (inner instanceof Error && 'code' in inner) return String(inner.code)
  return cause.message
}
