import { IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { tokenParameters } from '../../testing/http/bodies.js'
import type { LogtoState } from '../../testing/state/state.js'
import type { ProviderSource } from './provider-source.js'
import { ORGANIZATION_RESOURCE, ORGANIZATIONS_SCOPE } from './resource-server.js'

const MOUNT = '/oidc'
const FAULTY_PATHS: Record<string, 'token' | 'userinfo'> = { '/token': 'token', '/me': 'userinfo' }

/** Returns whether oidc-provider answers this path; discovery and keys are answered from the state instead. */
export const isForProvider = (path: string): boolean =>
  path.startsWith(`${MOUNT}/`) && !/^\/oidc\/(jwks|\.well-known\/)/.test(path)

/** Answers requests below `/oidc` with oidc-provider. */
export function oidcListener(state: LogtoState, source: ProviderSource) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = withOrganizationResource((request.url ?? '').slice(MOUNT.length))
    const endpoint = FAULTY_PATHS[path.split('?', 1)[0] ?? '']
    const faulty = endpoint && request.method !== 'OPTIONS' ? await state.faults.answer(endpoint) : undefined
    if (faulty) {
      response.writeHead(faulty.status, Object.fromEntries(faulty.headers)).end(await faulty.text())
      return
    }
    const isTokenRequest = path === '/token' && request.method === 'POST'
    const incoming = isTokenRequest ? await normalizedTokenRequest(request) : request
    // oidc-provider finds the path that it is mounted under by comparing originalUrl with url.
    Object.assign(incoming, { url: path, originalUrl: `${MOUNT}${path}` })
    await source.current.callback()(incoming, response)
  }
}

/**
 * Adds Logto's reserved organization resource to an authorization request that asks for the organizations scope: with
 * it the refresh token can be exchanged for an organization token, even if the client did not name the resource.
 */
function withOrganizationResource(path: string): string {
  const [pathname = '', search = ''] = path.split('?', 2)
  if (pathname !== '/auth') return path
  const query = new URLSearchParams(search)
  const wants = query.get('scope')?.split(' ').includes(ORGANIZATIONS_SCOPE)
  if (!wants || query.getAll('resource').includes(ORGANIZATION_RESOURCE)) return path
  query.append('resource', ORGANIZATION_RESOURCE)
  return `${pathname}?${query}`
}

/**
 * Returns a token request in oidc-provider's form: Logto also accepts JSON (recordings/errors/token-json-body-accepted),
 * and an organization instead of a resource.
 */
async function normalizedTokenRequest(request: IncomingMessage): Promise<IncomingMessage> {
  const form = tokenParameters(await text(request), request.headers['content-type'])
  if (form.get('grant_type') === 'refresh_token' && form.get('organization_id') && !form.has('resource')) {
    form.set('resource', ORGANIZATION_RESOURCE)
  }
  const body = Buffer.from(form.toString())
  const normalized = new IncomingMessage(request.socket)
  const { 'transfer-encoding': _chunked, ...headers } = request.headers
  normalized.headers = {
    ...headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  }
  normalized.method = request.method
  normalized.httpVersion = request.httpVersion
  // Node destroys the socket of a message that is not complete.
  normalized.complete = true
  normalized.push(body)
  normalized.push(null)
  return normalized
}
