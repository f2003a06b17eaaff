import { callSafely } from '../logto/call-safely.js'
import type { HttpFacingError } from '../logto/http-facing-error.js'
import { failureEntry, oneLine, pathOf } from '../logto/log-line.js'
import { LOGGER, type Logger } from '../logto/logger.js'
import { FUNCTION, type OptionRules } from '../logto/option-rules.js'
import { RefusalLog } from '../logto/refusal-log.js'
import type { Refusal } from './error-response.js'

/** Who is told about requests that fail and requests that are refused. */
export interface ReportOptions {
  /** Where the app writes its log. Default: `console`. */
  logger?: Logger
  /**
   * Called with every request that is refused with 401 or 403: with the error, whose `message` and `cause` are for the
   * operator. Default: one line in the log for each code and route and minute, with `NODE_ENV=development` every one.
   */
  onRefused?: (error: HttpFacingError, request: Request) => void
  /** Called with every fault that callers learn nothing about. Default: an error in the log, with the stack of a 500. */
  onError?: (error: unknown, request: Request) => void
}

export const REPORT_RULES = {
  logger: LOGGER,
  onRefused: FUNCTION,
  onError: FUNCTION,
} satisfies OptionRules<ReportOptions>

/** Tells the application, or its log, about faults and refusals. What a callback throws changes no answer. */
export class Reporter {
  readonly #options: ReportOptions
  readonly #logger: Logger
  readonly #refusals: RefusalLog

  constructor(options: ReportOptions) {
    this.#options = options
    this.#logger = options.logger ?? console
    this.#refusals = new RefusalLog(this.#logger)
  }

  /** @param route - pattern of the request's route. */
  report(thrown: unknown, { isFault, status, error }: Refusal, request: Request, route: string): void {
    if (isFault) this.#fault(thrown, error ?? thrown, status, request)
    if (error && isForbidden(error) && (this.#options.onRefused || !isFault)) {
      this.refused(error, request, route)
    }
  }

  /** Reports a refusal; those other than 401 and 403 go to the log alone. */
  refused(error: HttpFacingError, request: Request, route: string): void {
    const { onRefused } = this.#options
    callSafely('onRefused of the HTTP app', this.#logger, () => {
      if (onRefused && isForbidden(error)) return onRefused(error, request)
      this.#refusals.write({ method: request.method, path: pathOf(request.url), route, error })
    })
  }

  #fault(thrown: unknown, described: unknown, status: number, request: Request): void {
    const { onError } = this.#options
    callSafely('onError of the HTTP app', this.#logger, () => {
      if (onError) return onError(thrown, request)
      const what = `${status} at ${oneLine(request.method, 20)} ${pathOf(request.url)}`
      this.#logger.error(failureEntry(what, described))
    })
  }
}

function isForbidden({ status }: HttpFacingError): boolean {
  return status === 401 || status === 403
}
