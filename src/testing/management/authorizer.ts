import { createLocalJWKSet, errors as joseErrors, jwtVerify } from 'jose'
import { BoundedMap } from '../../logto/bounded-map.js'
import { DEFAULT_MANAGEMENT_API_RESOURCE } from '../../logto/index.js'
import { type LogtoState, MANAGEMENT_API_SCOPE } from '../state/state.js'
import { ManagementRefusal } from './errors.js'

/** A token that was verified once. It is not verified again before it expires or the keys change. */
interface VerifiedToken {
  scope: string
  /** Seconds since the epoch. */
  expiresAt: number
}

const MAX_VERIFIED = 100

/** Checks that a request's token is this issuer's, for the Management API and with its scope. */
export class ManagementAuthorizer {
  readonly #state: LogtoState
  #verified = new BoundedMap<VerifiedToken>(MAX_VERIFIED)
  #keyVersion = -1
  #keySet: ReturnType<typeof createLocalJWKSet> | undefined

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
    const keySet = this.#currentKeySet()
    const known = this.#verified.get(token)
    if (known && known.expiresAt > this.#state.now() / 1000) return known.scope
    try {
      const { payload } = await jwtVerify(token, keySet, {
        issuer: this.#state.issuer,
        audience: DEFAULT_MANAGEMENT_API_RESOURCE,
        currentDate: new Date(this.#state.now()),
      })
      const scope = typeof payload.scope === 'string' ? payload.scope : ''
      this.#verified.set(token, { scope, expiresAt: payload.exp ?? 0 })
      return scope
    } catch (error) {
      if (!(error instanceof joseErrors.JOSEError)) throw error
      // As at Logto, the error's own fields go out, and with them the decoded token of a wrong audience.
      const data = { ...error, code: error.code, name: error.name }
      const message = 'Unauthorized. Please check credentials and its scope.'
      throw new ManagementRefusal(401, 'auth.unauthorized', message, data)
    }
  }

  #currentKeySet(): ReturnType<typeof createLocalJWKSet> {
    const { keys } = this.#state
    if (!this.#keySet || keys.version !== this.#keyVersion) {
      this.#keyVersion = keys.version
      this.#keySet = createLocalJWKSet(keys.jwks())
      this.#verified = new BoundedMap(MAX_VERIFIED)
    }
    return this.#keySet
  }
}
