// Since 1.36 a registered redirect URI may have wildcards. Measured of Logto 1.42.0 (recordings/released/wildcard-*)
// are: `*` for one label of the host and one segment of the path, a bare `*` and one as port refused at registration,
// `https://*.com`, which is registered and matches nothing, and a request with a literal `*`, which is refused. The rest
// (part of a label, several segments, query) is by Logto's source, packages/core/src/oidc/wildcard-redirect-uri.

/** A URI with wildcards, taken apart as it is written: a URL parser refuses some of them. */
interface Pattern {
  scheme: string
  labels: string[]
  /** With its colon; empty where there is none. */
  port: string
  path: string
  /** Query and fragment. */
  rest: string
}

/** Whether Logto takes a request's `uri` for this registered one, which may have wildcards. */
export function matchesRedirectUri(registered: string, uri: string): boolean {
  // Nobody may be sent to a pattern.
  if (uri.includes('*')) return false
  if (!registered.includes('*')) return registered === uri
  if (wildcardProblem(registered) !== undefined || !URL.canParse(uri)) return false
  const pattern = patternOf(registered)
  const url = new URL(uri)
  return (
    pattern !== undefined &&
    matchesHost(pattern, url) &&
    wildcardsAs('.*', pattern.path || '/').test(url.pathname) &&
    pattern.rest === url.search + url.hash
  )
}

/** Whether a registered redirect URI is of this origin, or has a host that matches it. Logto then lets the origin fetch tokens. */
export function matchesOrigin(registered: string, origin: string): boolean {
  if (!registered.includes('*')) return URL.canParse(registered) && new URL(registered).origin === origin
  const pattern = patternOf(registered)
  const isUsable = pattern !== undefined && wildcardProblem(registered) === undefined
  return isUsable && URL.canParse(origin) && matchesHost(pattern, new URL(origin))
}

/** Returns why Logto refuses a redirect URI with wildcards, or never matches it; undefined when it does neither. */
export function wildcardProblem(uri: string): string | undefined {
  if (!uri.includes('*')) return undefined
  const pattern = patternOf(uri)
  if (pattern === undefined) return 'is no http(s) URL with wildcards (*) in its host or path'
  const { labels, port, rest } = pattern
  if (port.includes('*')) return 'must have no wildcard (*) as port: Logto refuses it'
  if (rest.includes('*')) return 'must have no wildcard (*) in query or fragment: Logto refuses it'
  if (labels.slice(-2).some((label) => label.includes('*')))
    return 'must name the last two labels of the host: Logto never matches a wildcard (*) there'
  return undefined
}

function patternOf(uri: string): Pattern | undefined {
  const match = /^(https?):\/\/([^/?#@:[\]]+)(:[^/?#]*)?([^?#]*)(.*)$/i.exec(uri)
  if (!match) return undefined
  const [, scheme = '', host = '', port = '', path = '', rest = ''] = match
  return { scheme: scheme.toLowerCase(), labels: host.toLowerCase().split('.'), port, path, rest }
}

function matchesHost({ scheme, labels, port }: Pattern, { protocol, hostname, port: actual }: URL): boolean {
  const actualLabels = hostname.split('.')
  return (
    protocol === `${scheme}:` &&
    // An URL has no port where it is the scheme's own.
    new URL(`${scheme}://host${port}`).port === actual &&
    labels.length === actualLabels.length &&
    labels.every((label, index) => wildcardsAs('[^.]+', label).test(actualLabels[index] ?? ''))
  )
}

/** Returns the expression for text in which `*` stands for `what`. */
function wildcardsAs(what: string, text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[$()+.?[\\\]^{|}]/g, '\\$&'))
  return new RegExp(`^${parts.join(what)}$`)
}
