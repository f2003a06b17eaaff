import { isObject } from '../logto/is-object.js'
import { AuthError } from './auth-error.js'

/**
 * Headers of a request: Node's `IncomingMessage.headers` (Express, Fastify, Interaqt 0.8) or a Fetch `Headers`.
 */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** Returns a header's value. Several values are joined as Fetch joins them, so that none is silently chosen. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (!isObject(headers)) throw new TypeError('Expected the headers of a request, such as request.headers')
  if (isFetchHeaders(headers)) return headers.get(name) ?? undefined
  // Node gives names in lower case; hand-made objects often do not.
  const value = headers[name] ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof value === 'string' || value === undefined ? value : value.join(', ')
}

/**
 * Returns the bearer token of a request (RFC 6750, section 2.1). The scheme is matched in any case (RFC 9110, section
 * 11.1). What follows it is returned unchanged, because the verifier refuses the rest: two headers joined by a comma,
 * white space, anything.
 *
 * @throws AuthError `token_missing`, `token_type_unsupported`.
 */
export function bearerTokenOf(headers: RequestHeaders): string {
  const authorization = headerOf(headers, 'authorization')
  if (!authorization) throw new AuthError('token_missing', 'The request has no Authorization header')
  // RFC 6750 writes 1*SP between scheme and token.
  const [, scheme = '', token] = /^([^ ]*)(?: +(.*))?$/s.exec(authorization) ?? []
  if (scheme.toLowerCase() !== 'bearer') {
    throw new AuthError(
      'token_type_unsupported',
      `Expected "Authorization: Bearer <access token>", got another scheme (${scheme.length} characters)`,
    )
  }
  if (token === undefined) {
    throw new AuthError('token_missing', 'The Authorization header has a scheme but no token')
  }
  return token
}

function isFetchHeaders(headers: RequestHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function'
}
