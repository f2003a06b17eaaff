import { connectionOf } from '../logto/connection.js'
import type { Logger } from '../logto/logger.js'
import { headerOf, type RequestHeaders } from './bearer-token.js'
import { whyNotLocal } from './local-request.js'

/** The option `devUserIdHeader`, where it is active. */
export class DevUserIdHeader {
  readonly #name: string
  readonly #logger: Logger
  readonly #reasonsTold = new Set<string>()

  private constructor(name: string, logger: Logger) {
    this.#name = name
    this.#logger = logger
  }

  /** Returns undefined, and says so, unless `NODE_ENV` is `development` or `test`. */
  static active(name: string | undefined, logger: Logger): DevUserIdHeader | undefined {
    if (name === undefined) return undefined
    const environment = globalThis.process?.env?.NODE_ENV
    if (environment !== 'development' && environment !== 'test') {
      logger.warn(
        `interaqt-logto: devUserIdHeader "${name}" is IGNORED, because NODE_ENV is ` +
          `${JSON.stringify(environment) ?? 'not set'}. It works only with NODE_ENV=development or test.`,
      )
      return undefined
    }
    logger.warn(
      `interaqt-logto: WARNING: any program on this machine may act as any user by sending the header "${name}" ` +
        '(devUserIdHeader). For local development only.',
    )
    return new DevUserIdHeader(name.toLowerCase(), logger)
  }

  /**
   * Returns the Logto user id that a request of this machine names; undefined when it names none, and for any other
   * request, whose header is ignored.
   *
   * @param connection - of the request; default: what `createApp` noted beside the headers.
   */
  userIdOf(headers: RequestHeaders, connection = connectionOf(headers)): string | undefined {
    const userId = headerOf(headers, this.#name)
    if (!userId) return undefined
    const reason = whyNotLocal(headers, connection)
    if (reason === undefined) return userId
    this.#tell(reason)
    return undefined
  }

  #tell(reason: string): void {
    if (this.#reasonsTold.has(reason)) return
    this.#reasonsTold.add(reason)
    this.#logger.warn(
      `interaqt-logto: devUserIdHeader "${this.#name}" is ignored for a request: ${reason}. It works only for requests ` +
        'of this machine, without a proxy between: send an access token, or see docs/server.md',
    )
  }
}
