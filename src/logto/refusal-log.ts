import { BoundedMap } from './bounded-map.js'
import type { HttpFacingError } from './http-facing-error.js'
import { lineOf, oneLine } from './log-line.js'
import type { Logger } from './logger.js'

/** A request that was refused. */
export interface Refused {
  method: string
  /** Path of the request, as `pathOf` returns it. */
  path: string
  /** Pattern of the route, such as `/interaction/:name`: never a value that a caller chooses. */
  route: string
  error: HttpFacingError
}

const INTERVAL_MS = 60_000
const MAX_KINDS = 1_000
/** Codes of the application's own that have lines of their own on a route; the others share one. */
const MAX_OWN_CODES = 8

/**
 * Writes refused requests to a log: one line for each code and route and minute, in development every one. What callers
 * choose (paths, tokens, codes that a condition makes of the payload) makes neither the log nor the memory grow.
 */
export class RefusalLog {
  readonly #logger: Logger
  readonly #written = new BoundedMap<{ at: number; unwritten: number }>(MAX_KINDS)
  readonly #ownCodes = new BoundedMap<Set<string>>(MAX_KINDS)

  constructor(logger: Logger) {
    this.#logger = logger
  }

  write(refused: Refused): void {
    const kind = `${refused.route} ${this.#kindOf(refused)}`
    const last = this.#written.get(kind)
    const now = Date.now()
    // The distance, because a clock may be set back.
    if (last && Math.abs(now - last.at) < INTERVAL_MS && !isDevelopment()) {
      last.unwritten += 1
      return
    }
    this.#written.set(kind, { at: now, unwritten: 0 })
    this.#logger.warn(entryOf(refused, last?.unwritten ?? 0))
  }

  /** The code, if it is one of this package's, whose errors have a remedy, or among the first others of the route. */
  #kindOf({ route, error: { code, status, remedy } }: Refused): string {
    if (remedy !== undefined) return code
    const codes = this.#ownCodes.get(route) ?? new Set()
    this.#ownCodes.set(route, codes)
    if (codes.size < MAX_OWN_CODES) codes.add(code)
    return codes.has(code) ? `own ${code}` : `other ${status}`
  }
}

function entryOf({ method, path, error }: Refused, unwritten: number): string {
  const line = lineOf(`${error.status} at ${oneLine(method, 20)} ${path}`, error)
  return unwritten > 0 ? `${line} (${unwritten} more like it since the last such line)` : line
}

function isDevelopment(): boolean {
  return globalThis.process?.env?.NODE_ENV === 'development'
}
