/**
 * Self-hosted Logto's indicator of its Management API: the resource that a machine token for it names, and that
 * token's audience. Logto Cloud has one per tenant, `https://<tenant id>.logto.app/api`.
 * Source: Logto docs, "Interact with Management API"; recordings/tokens/N-m2m-management-api.json.
 */
export const DEFAULT_MANAGEMENT_API_RESOURCE = 'https://default.logto.app/api'

/**
 * The base URL without its trailing slashes, so that `https://a/` and `https://a` are one endpoint.
 *
 * @param url - absolute http(s) URL of a Logto or Interaqt endpoint.
 * @param name - how the caller knows the value, for the message.
 * @throws TypeError when `isEndpoint` does not hold.
 */
export function parseEndpoint(url: string, name: string): string {
  if (!isEndpoint(url)) {
    throw new TypeError(`${name} must be ${ENDPOINT_FORM}, got ${JSON.stringify(withoutPassword(url))}`)
  }
  return withoutSlashes(url)
}

/** The same for a URL that has been checked. */
export function withoutSlashes(url: string): string {
  return url.trim().replace(/\/+$/, '')
}

/** What `isEndpoint` asks for, in words. */
export const ENDPOINT_FORM = 'an absolute http(s) URL without user, query and double slashes'

/**
 * Whether a value is an absolute http(s) URL without query, fragment, credentials and empty segments inside its path. What
 * follows an empty segment could be taken for a host, as in `http://logto:3001//evil`; and a browser reads `\` as `/`.
 */
export function isEndpoint(value: unknown): boolean {
  return (
    typeof value === 'string' && URL.canParse(value) && /^\s*https?:\/(\/[^\s/?#\\@]+)+\/*\s*$/i.test(value)
  )
}

/** Returns a URL for a message: a password in it is not shown. */
export function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^/@:]*):[^/]*@/, '$1:••••••@')
}

/** Issuer of a Logto at `endpoint`: the `iss` of its tokens (recordings/oidc/openid-configuration.json). */
export function issuerOf(endpoint: string): string {
  return `${endpoint}/oidc`
}

/** Where an issuer publishes its discovery document (OpenID Connect Discovery 1.0, section 4). */
export function discoveryUrlOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/**
 * The API resource that tokens are issued for when the application names no other. Logto compares resource
 * indicators byte for byte, so this is the one place that spells it (RFC 8707; docs/facts.md, "Tokens and keys").
 */
export function defaultResourceOf(interaqtEndpoint: string): string {
  return `${interaqtEndpoint}/interaction`
}
