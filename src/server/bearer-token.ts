import { isObject } from '../logto/is-object.js'
import { AuthError } from './auth-error.js'

/**
 * Headers of a request: Node's `IncomingMessage.headers` (Express, Fastify, Interaqt 0.8) or a Fetch `Headers`.
 */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Returns a header's value. Several values are joined as Fetch joins them, so that none is silently chosen.
 *
 * @throws AuthError `token_missing` for what cannot be read as headers, `token_type_unsupported` for a value that is no
 * text: what a request brought must never become a fault of the server.
 */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  const values = valuesOf(headers, name)
  if (values.every((value) => typeof value === 'string')) {
    return values.length > 0 ? values.join(', ') : undefined
  }
  throw new AuthError('token_type_unsupported', `Expected the header ${name} to be text, got something else`)
}

function valuesOf(headers: unknown, name: string): unknown[] {
  try {
    if (!isObject(headers))
      throw new TypeError(`Expected headers, got ${headers === null ? null : typeof headers}`)
    const value = isFetchHeaders(headers) ? headers.get(name) : namedAlike(headers, name)
    return [value].flat().filter((one) => one !== undefined && one !== null)
  } catch (cause) {
    // Not headers at all, or a getter or Proxy of the application's that threw.
    throw new AuthError('token_missing', 'The headers of the request could not be read', {
      cause,
      remedy: 'pass the headers of a request, such as request.headers',
    })
  }
}

// Node gives names in lower case; hand-made objects often do not, and may have two that differ in case alone.
function namedAlike(headers: Record<string, unknown>, name: string): unknown {
  const names = Object.keys(headers).filter((key) => key.toLowerCase() === name)
  return names.length > 0 ? names.flatMap((key) => headers[key]) : headers[name]
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

function isFetchHeaders(headers: object): headers is { get(name: string): unknown } {
  return 'get' in headers && typeof headers.get === 'function'
}
