import { isObject } from '../logto/is-object.js'
import type { JsonAnswer } from './fetch-json.js'
import { ManagementError, type ManagementErrorCode, unexpected } from './management-error.js'
import { logtoCodeOf, type ManagementTransport, requestLogto, untilAborted } from './management-request.js'
import { type Moment, moment, msBetween } from './moment.js'

/** Where the machine token comes from, and for which application. */
export interface MachineTokenOptions extends ManagementTransport {
  tokenEndpoint: string
  appId: string | undefined
  appSecret: string | undefined
  resource: string
}

/** A token is renewed this long before it expires, or a tenth of its life before where that is less. */
const RENEWAL_LEEWAY_SECONDS = 60

/** Logto's words for an expired secret; the OAuth error is that of many other refusals. */
const SECRET_EXPIRED = 'client secret has expired'

/** The machine token for the Management API: one request at a time, kept until shortly before it expires. */
export class MachineToken {
  readonly #options: MachineTokenOptions
  #current: { value: string; keptAt: Moment; lifetimeMs: number } | undefined
  #pending: Promise<string> | undefined

  constructor(options: MachineTokenOptions) {
    this.#options = options
  }

  /** Resolves with the token. @throws ManagementError; `signal`'s reason when it aborted, which ends the wait but not the shared request. */
  get(signal?: AbortSignal): Promise<string> {
    const current = this.#current
    if (current && msBetween(current.keptAt, moment()) < current.lifetimeMs) {
      return Promise.resolve(current.value)
    }
    return this.renew(signal)
  }

  /** Like `get`, but asks Logto although the kept token is still good: whether the secret is, only Logto knows. */
  renew(signal?: AbortSignal): Promise<string> {
    this.#pending ??= this.#request().finally(() => {
      this.#pending = undefined
    })
    return untilAborted(this.#pending, signal)
  }

  /** Forgets a token that the Management API refused, unless it has been renewed meanwhile. */
  discard(value: string): void {
    if (this.#current?.value === value) this.#current = undefined
  }

  async #request(): Promise<string> {
    const { tokenEndpoint, appId, appSecret, resource, ...transport } = this.#options
    if (!appId || !appSecret) {
      throw new ManagementError(
        'credentials_missing',
        'The Management API needs a machine-to-machine application: give the Client `appId` and `appSecret`',
      )
    }
    const answer = await requestLogto(tokenEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: appId,
        client_secret: appSecret,
        resource,
        scope: 'all',
      }).toString(),
      ...transport,
    })
    const { status, body } = answer
    if (
      status === 200 &&
      isObject(body) &&
      typeof body.access_token === 'string' &&
      typeof body.expires_in === 'number'
    ) {
      return this.#keep(body.access_token, body.expires_in)
    }
    throw refusalOf(answer, tokenEndpoint, appId, resource)
  }

  #keep(value: string, lifetimeSeconds: number): string {
    const leewaySeconds = Math.min(RENEWAL_LEEWAY_SECONDS, lifetimeSeconds / 10)
    this.#current = { value, keptAt: moment(), lifetimeMs: (lifetimeSeconds - leewaySeconds) * 1_000 }
    return value
  }
}

// The cases are recordings/errors: token-wrong-client-secret, token-m2m-default-on-default-tenant-issuer,
// m2m-unknown-resource, token-spa-client-credentials; and recordings/released: token-secret-expired-post,
// token-secret-deleted, token-unknown-client.
function refusalOf(
  { status, body }: JsonAnswer,
  url: string,
  appId: string,
  resource: string,
): ManagementError {
  const logtoCode = logtoCodeOf(body)
  const refusal = (code: ManagementErrorCode, message: string) =>
    new ManagementError(code, message, { logtoStatus: status, logtoCode })
  switch (logtoCode) {
    case 'invalid_client':
      return status === 401
        ? refusal(
            'client_secret_invalid',
            `Logto refused the secret of the application "${appId}": copy it again from the console, as appSecret`,
          )
        : refusal('client_unknown', unknownClientMessage(appId, url))
    case 'invalid_target':
      return refusal(
        'resource_unknown',
        `Logto knows no API resource "${resource}". Set management.resource to the indicator of its Management API: ` +
          'https://default.logto.app/api on a self-hosted Logto, https://<tenant id>.logto.app/api in the cloud',
      )
    case 'invalid_request':
    case 'unauthorized_client':
      if (isObject(body) && body.error_description === SECRET_EXPIRED)
        return refusal(
          'client_secret_expired',
          `The secret of the application "${appId}" has expired: make a new one (npx interaqt-logto setup, or the console: ` +
            'Applications, App secrets), and give it as appSecret',
        )
      return refusal(
        'client_type_unsupported',
        `The application "${appId}" may not ask for a machine token: it must be of the type machine-to-machine`,
      )
    case undefined:
      return unexpected(url, status)
    default:
      return refusal('request_refused', `${url} refused the machine token: ${logtoCode}`)
  }
}

function unknownClientMessage(appId: string, url: string): string {
  const unknown = `Logto at ${url} knows no application "${appId}"`
  return appId === 'm-default'
    ? `${unknown}: the built-in m-default gets its token from the admin endpoint. ` +
        'Set management.tokenEndpoint to it, http://127.0.0.1:3002/oidc/token by default, or use an application of your own'
    : `${unknown}: check appId, and that logtoEndpoint is the Logto that it was made in`
}
