import { jsonResponse, tokenParameters } from './http/bodies.js'
import { createManagementApi } from './management/api.js'
import { discoveryResponse } from './oidc/discovery.js'
import { EXPIRED_SECRET, machineTokenResponse, secretStanding } from './oidc/machine-token.js'
import { OidcRefusal } from './oidc/oidc-error.js'
import type { LogtoState } from './state/state.js'

/**
 * Returns a function that answers requests to this Logto without a server: discovery, key set, `client_credentials` and
 * the Management API. Sign-in, refresh and userinfo need the embedded server.
 */
export function createFetchHandler(state: LogtoState): (request: Request) => Promise<Response> {
  const managementApi = createManagementApi(state)
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/api/')) return managementApi(request)
    if (pathname === '/oidc/token' && request.method === 'POST') return tokenResponse(state, request)
    return (await discoveryResponse(state, request)) ?? new Response('Not Found', { status: 404 })
  }
}

async function tokenResponse(state: LogtoState, request: Request): Promise<Response> {
  const faulty = await state.faults.answer('token')
  if (faulty) return faulty
  const headers = { 'cache-control': 'no-store', 'access-control-allow-origin': '*' }
  try {
    const form = tokenParameters(await request.text(), request.headers.get('content-type'))
    const text = (name: string): string | undefined => form.get(name) ?? undefined
    const application = authenticated(state, request, form)
    const origin = request.headers.get('origin')
    if (origin !== null) {
      throw new OidcRefusal(
        400,
        'invalid_request',
        `origin ${origin} not allowed for client: ${application.id}`,
      )
    }
    if (form.get('grant_type') !== 'client_credentials') {
      throw new OidcRefusal(400, 'unsupported_grant_type', 'unsupported grant_type requested')
    }
    const wanted = {
      resource: text('resource'),
      organizationId: text('organization_id'),
      scope: text('scope'),
    }
    return jsonResponse(await machineTokenResponse(state, application, wanted), 200, headers)
  } catch (error) {
    if (!(error instanceof OidcRefusal)) throw error
    return jsonResponse(error.toBody(), error.status, headers)
  }
}

// recordings/errors/token-missing-client, token-wrong-client-secret, token-m2m-default-on-default-tenant-issuer
function authenticated(state: LogtoState, request: Request, form: URLSearchParams) {
  const basic = /^Basic (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const [basicId, basicSecret] = basic ? Buffer.from(basic, 'base64').toString('utf8').split(':', 2) : []
  const id = basicId === undefined ? form.get('client_id') : decodeURIComponent(basicId)
  const secret = basicSecret === undefined ? form.get('client_secret') : decodeURIComponent(basicSecret)
  if (!id) throw new OidcRefusal(400, 'invalid_request', 'no client authentication mechanism provided')
  const application = state.applications.get(id)
  if (!application) throw new OidcRefusal(400, 'invalid_client', `invalid client ${id}`)
  const standing = secretStanding(state, application, secret ?? '')
  if (standing === 'expired') throw new OidcRefusal(400, 'invalid_request', EXPIRED_SECRET)
  if (standing === 'wrong') {
    throw new OidcRefusal(401, 'invalid_client', 'client authentication failed')
  }
  return application
}
