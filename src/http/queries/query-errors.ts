import { HttpError } from '../http-error.js'

/** Returns the refusal of a query that Interaqt cannot read. */
export function malformedQuery(message: string, cause?: unknown): HttpError {
  return new HttpError(400, 'query_malformed', message, { cause })
}

/**
 * Returns the refusal of a query that asks for more than the interaction shows. The status is 403 and not 400: the query
 * is well formed, and what decides is the application's policy.
 */
export function queryNotAllowed(message: string, remedy: string): HttpError {
  return new HttpError(403, 'query_not_allowed', message, { remedy })
}

const MAX_QUOTED = 100

/** Returns a name of the query as a message shows it. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}…` : name)
}
