import { isEndpoint, withoutPassword } from '../logto/endpoint.js'
import { isLoopback } from '../logto/loopback.js'
import { wildcardProblem } from '../logto/redirect-uri.js'
import { CliError } from './cli-error.js'

/**
 * Returns the reason why a value is invalid; undefined when it is valid. Logto hardly validates resource indicators,
 * redirect URIs and hook URLs, so that a slip shows only at sign-in (docs/facts.md, "Management API";
 * recordings/setup/06c, 06d, 13c).
 */
type Validate = (value: string) => string | undefined

/** Base URL of a server: absolute http(s), without query and fragment. */
export const endpointProblem: Validate = (value) => {
  const url = parse(value)
  if (!url || !isWeb(url)) return 'must be an absolute http(s) URL, such as http://127.0.0.1:3001'
  if (url.search || url.hash) return 'must have neither query nor fragment'
  if (url.username || url.password) return 'must not contain credentials'
  if (!isEndpoint(value)) return 'must be spelt http://host/path, with single slashes in the path'
  return undefined
}

/** API resource indicator: an absolute URI without fragment (RFC 8707, section 2). */
export const resourceProblem: Validate = (value) => {
  if (!parse(value)) return 'must be an absolute URI, such as http://127.0.0.1:4000/interaction'
  if (value.includes('#')) return 'must have no fragment (#…): sign-in would fail'
  if (value !== value.trim() || /\s/.test(value)) return 'must have no spaces'
  return undefined
}

/** Redirect URI of a single-page application: a page of the frontend, over https or on this machine; it may have wildcards. */
export const redirectUriProblem: Validate = (value) => {
  const problem = wildcardProblem(value)
  if (problem) return problem
  // A URL parser takes a wildcard in a host, but not in all of them.
  const url = parse(value.replaceAll('*', 'wildcard'))
  if (!url || !isWeb(url)) return 'must be an absolute http(s) URL of a page of the frontend'
  if (value.includes('#')) return 'must have no fragment (#…): OAuth forbids it'
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'must be https, except on this machine: the code would travel in the clear'
  }
  return undefined
}

/** URL of the webhook. */
export const hookUrlProblem: Validate = (value) => {
  const url = parse(value)
  if (!url || !isWeb(url))
    return 'must be an absolute http(s) URL, such as http://127.0.0.1:4000/api/syncUser'
  if (url.username || url.password) return 'must not contain credentials: Logto shows it in its console'
  if (value.includes('#')) return 'must have no fragment (#…)'
  return undefined
}

/** Name of a scope: no spaces, since a token's `scope` is a list separated by them (RFC 6749, section 3.3). */
export const scopeProblem: Validate = (value) =>
  /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value) ? undefined : 'must have no spaces, quotes or backslashes'

/**
 * Returns the value if it is valid.
 *
 * @param name - what the message calls it.
 * @throws CliError `value_invalid`.
 */
export function checked(validate: Validate, value: string, name: string): string {
  const problem = validate(value)
  if (problem === undefined) return value
  const shown = JSON.stringify(withoutPassword(value))
  throw new CliError('value_invalid', `${name} ${shown} ${problem}.`)
}

/** Like `checked`, for the base URL of a server: returns it without trailing slashes. */
export function checkedEndpoint(value: string, name: string): string {
  return checked(endpointProblem, value, name).replace(/\/+$/, '')
}

function parse(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined
}

function isWeb(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:'
}
