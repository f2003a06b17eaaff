import { createLocalJWKSet, jwtVerify } from 'jose'
import { JOSEError } from 'jose/errors'
import { DEFAULT_MANAGEMENT_API_RESOURCE } from '../../logto/index.js'
import { type LogtoState, MANAGEMENT_API_SCOPE } from '../state/state.js'
import { ManagementRefusal } from './errors.js'

/** The token that was verified last. A machine sends the same one for an hour, and ES384 costs more than the answer. */
interface VerifiedToken {
  token: string
  scope: string
  /** Seconds since the epoch. */
  expiresAt: number
  keyVersion: number
}

/** Checks that a request's token is this issuer's, for the Management API and with its scope. */
export class ManagementAuthorizer {
  readonly #state: LogtoState
  #last: VerifiedToken | undefined

  constructor(state: LogtoState) {
    this.#state = state
  }

  /**
   * Resolves when the request may call the Management API.
   *
   * @param authorization - the header's value.
   * @throws ManagementRefusal 401 or 403, worded as recorded in recordings/errors/mgmt-*.json.
   */
  async authorize(authorization: string | null): Promise<void> {
    if (authorization === null) {
      throw new ManagementRefusal(
        401,
        'auth.authorization_header_missing',
        'Authorization header is missing.',
      )
    }
    if (!authorization.startsWith('Bearer ')) {
      const code = 'auth.authorization_token_type_not_supported'
      throw new ManagementRefusal(401, code, 'Authorization type is not supported.', {
        supportedTypes: ['Bearer'],
      })
    }
    const scope = await this.#scopeOf(authorization.slice('Bearer '.length))
    if (!scope.split(' ').includes(MANAGEMENT_API_SCOPE)) {
      throw new ManagementRefusal(
        403,
        'auth.forbidden',
        'Forbidden. Please check your user roles and permissions.',
      )
    }
  }

  async #scopeOf(token: string): Promise<string> {
    const { keys, issuer } = this.#state
    const keyVersion = keys.version
    const now = this.#state.now()
    const last = this.#last
    if (last?.token === token && last.keyVersion === keyVersion && last.expiresAt > now / 1000) {
      return last.scope
    }
    try {
      const audience = DEFAULT_MANAGEMENT_API_RESOURCE
      const options = { issuer, audience, currentDate: new Date(now) }
      const { payload } = await jwtVerify(token, createLocalJWKSet(keys.jwks()), options)
      const scope = typeof payload.scope === 'string' ? payload.scope : ''
      this.#last = { token, scope, expiresAt: payload.exp ?? 0, keyVersion }
      return scope
    } catch (error) {
      if (!(error instanceof JOSEError)) throw error
      // As at Logto, the error's own fields go out, and with them the decoded token of a wrong audience.
      const data = { ...error, code: error.code, name: error.name }
      const message = 'Unauthorized. Please check credentials and its scope.'
      throw new ManagementRefusal(401, 'auth.unauthorized', message, data)
    }
  }
}
