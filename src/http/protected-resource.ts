import type { Hono } from 'hono'
import type { ProtectedResource } from '../server/protected-resource.js'
import { cors } from './hono-peer.js'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** Seconds for which the document may be kept: as long as the issuer's own document is. */
const MAX_AGE_SECONDS = 300

/** The protected-resource metadata of an app (RFC 9728): its routes, and its name in challenges. */
export interface ResourceMetadata {
  mount(app: Hono): void
  /** Names the document in the challenge of a 401 (section 5.1), when that is a single one for bearer tokens. */
  nameIn(response: Response): Response
}

/**
 * Returns the metadata of the API resources that have a URL; undefined when none has. Nothing in it comes from a request:
 * a `Host` of the caller's choice must not lead others to an authorization server of the caller's.
 */
export function resourceMetadataOf(described: ProtectedResource | undefined): ResourceMetadata | undefined {
  const documents = (described?.resources ?? []).flatMap(documentOf)
  const [first] = documents
  if (!described || !first) return undefined
  return {
    mount(app) {
      // The document is public, and a client in a browser has to read it before it can have a token (section 3).
      app.use(`${WELL_KNOWN}/*`, cors({ origin: '*', allowMethods: ['GET'] }))
      app.get(`${WELL_KNOWN}/*`, async (c, next) => {
        const { pathname, search, host } = new URL(c.req.url)
        // From the well-known part on: the app may be mounted below a path.
        const path = pathname.slice(pathname.indexOf(WELL_KNOWN))
        const candidates = documents.filter(({ url }) => isAt(url, path, search))
        const document = candidates.find(({ url }) => url.host === host) ?? candidates[0]
        if (!document) return next()
        const body = await bodyOf(document.resource, described)
        return c.json(body, 200, { 'cache-control': `public, max-age=${MAX_AGE_SECONDS}` })
      })
    },
    nameIn: (response) => withMetadataUrl(response, first.url.href),
  }
}

interface Document {
  /** The API resource, as tokens name it. */
  resource: string
  /** Where its document is. */
  url: URL
}

// Section 3.1: the well-known part goes between host and path; a path that is "/" alone is left out.
function documentOf(resource: string): Document[] {
  if (!/^https?:\/\/[^#]*$/i.test(resource) || !URL.canParse(resource)) return []
  const { origin, pathname, search } = new URL(resource)
  const path = pathname === '/' ? '' : pathname
  return [{ resource, url: new URL(`${origin}${WELL_KNOWN}${path}${search}`) }]
}

function isAt(url: URL, path: string, search: string): boolean {
  return url.pathname === path && (url.search === '' || url.search === search)
}

async function bodyOf(resource: string, { scopes, issuers }: ProtectedResource): Promise<object> {
  return {
    resource,
    authorization_servers: await issuers(),
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
  }
}

const PARAMETER = '[\\w-]+="[^"]*"'
/** One challenge for bearer tokens: a parameter at the end of several would belong to the last. */
const BEARER_CHALLENGE = new RegExp(`^Bearer(?: ${PARAMETER}(?:, *${PARAMETER})*)?$`, 'i')

function withMetadataUrl(response: Response, url: string): Response {
  const challenge = response.headers.get('www-authenticate') ?? ''
  if (response.status !== 401 || !BEARER_CHALLENGE.test(challenge)) return response
  const separator = challenge.includes('=') ? ', ' : ' '
  // RFC 9110, section 5.6.4: a backslash, which a query may have, is written twice between quotes.
  const quoted = url.replaceAll('\\', '\\\\')
  response.headers.set('www-authenticate', `${challenge}${separator}resource_metadata="${quoted}"`)
  return response
}
