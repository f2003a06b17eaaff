import { IncomingMessage } from 'node:http'
import { ORGANIZATION_RESOURCE, ORGANIZATIONS_SCOPE } from './resource-server.js'

/**
 * Adds Logto's reserved organization resource to an authorization request that asks for the organizations scope: with
 * it the refresh token can be exchanged for an organization token, whether or not the client named the resource.
 */
export function withOrganizationResource(path: string): string {
  const [pathname = '', search = ''] = path.split('?', 2)
  if (pathname !== '/auth') return path
  const query = new URLSearchParams(search)
  const wants = query.get('scope')?.split(' ').includes(ORGANIZATIONS_SCOPE)
  if (!wants || query.getAll('resource').includes(ORGANIZATION_RESOURCE)) return path
  query.append('resource', ORGANIZATION_RESOURCE)
  return `${pathname}?${query}`
}

/**
 * A token request as oidc-provider understands it: Logto also takes JSON (recordings/errors/token-json-body-accepted),
 * and an organization instead of a resource.
 */
export async function normalizedTokenRequest(request: IncomingMessage): Promise<IncomingMessage> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const json = request.headers['content-type']?.startsWith('application/json')
  const form = json ? formOfJson(text) : new URLSearchParams(text)
  if (form.get('grant_type') === 'refresh_token' && form.get('organization_id') && !form.has('resource')) {
    form.set('resource', ORGANIZATION_RESOURCE)
  }
  const body = Buffer.from(form.toString())
  const normalized = new IncomingMessage(request.socket)
  const { 'transfer-encoding': _chunked, ...headers } = request.headers
  normalized.headers = { ...headers, 'content-length': String(body.length) }
  if (json) normalized.headers['content-type'] = 'application/x-www-form-urlencoded'
  normalized.method = request.method
  normalized.httpVersion = request.httpVersion
  // A message that ends incomplete takes its socket along.
  normalized.complete = true
  normalized.push(body)
  normalized.push(null)
  return normalized
}

function formOfJson(text: string): URLSearchParams {
  try {
    const fields: unknown = JSON.parse(text)
    const entries = typeof fields === 'object' && fields !== null ? Object.entries(fields) : []
    return new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)]))
  } catch {
    return new URLSearchParams()
  }
}
