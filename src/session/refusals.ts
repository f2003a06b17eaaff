import { callSafely } from '../logto/call-safely.js'
import { HttpFacingError } from '../logto/http-facing-error.js'
import { pathOf } from '../logto/log-line.js'
import { RefusalLog } from '../logto/refusal-log.js'
import type { SignInFailure } from './logto-requests.js'
import type { Settings } from './options.js'

/** What the log needs of a request; `request` where there is one to hand on. */
interface Asked {
  method: string
  url: string
  /** Pattern of the route: never a value that a caller chooses. */
  route: string
  request?: Request
}

const REMEDIES: Partial<Record<SignInFailure, string>> = {
  code_expired: 'sign in again: Logto takes a code once, and for a short time',
  state_mismatch:
    'sign in again, and in one browser; if it stays, compare baseUrl with the address in the browser',
  sign_in_refused:
    'compare issuer with the one of your Logto: the answer came from another, or does not say from which',
}

/** A sign-in that the answer of Logto, or what came in its place, did not complete. The browser is sent on with the code. */
class SignInRefused extends HttpFacingError {
  override readonly name = 'SignInRefused'

  constructor(code: SignInFailure, message: string, options?: ErrorOptions) {
    super(message, { code, status: 303, publicMessage: message, remedy: REMEDIES[code] }, options)
  }
}

/** Tells the application, or its log, what the routes of a session refused. */
export class Refusals {
  readonly #settings: Settings
  readonly #log: RefusalLog

  constructor(settings: Settings) {
    this.#settings = settings
    this.#log = new RefusalLog(settings.logger)
  }

  report(error: HttpFacingError, { method, url, route, request }: Asked): void {
    const { onRefused, logger } = this.#settings
    callSafely('onRefused of the session', logger, () => {
      if (onRefused && (error.status === 401 || error.status === 403)) return onRefused(error, request)
      this.#log.write({ method, path: pathOf(url), route, error })
    })
  }

  /** Reports a sign-in that failed without a fault of anybody's here. Who cancels it wanted to. */
  reportSignIn(failure: SignInFailure, request: Request, cause?: unknown): void {
    if (failure === 'cancelled') return
    const refused = new SignInRefused(failure, 'The sign-in was not completed', { cause })
    this.report(refused, { method: request.method, url: request.url, route: 'callback' })
  }
}
