import { jsonResponse } from '../http/bodies.js'
import { algorithmOf } from '../records/signing-keys.js'
import type { LogtoState } from '../state/state.js'
import { CLAIMS_BY_SCOPE, supportedScopes } from './scopes.js'

/**
 * Answers the discovery document and the key set, or undefined for any other path. The URLs in the document follow the
 * request's host, the issuer does not (recordings/oidc/openid-configuration-via-localhost-host.json).
 */
export async function discoveryResponse(state: LogtoState, request: Request): Promise<Response | undefined> {
  const { pathname, origin } = new URL(request.url)
  const endpoint = endpointOf(pathname)
  if (!endpoint || !['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return undefined
  const cors = corsHeaders(request)
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: cors })
  const faulty = await state.faults.answer(endpoint)
  if (faulty) return faulty
  if (endpoint === 'discovery') {
    return jsonResponse(discoveryDocument(state, `${origin}/oidc`), 200, cors)
  }
  return jsonResponse(state.keys.jwks(), 200, {
    ...cors,
    'cache-control': 'no-cache, max-age=0, must-revalidate',
    'content-type': 'application/jwk-set+json; charset=utf-8',
  })
}

function endpointOf(pathname: string): 'discovery' | 'jwks' | undefined {
  if (pathname === '/oidc/jwks') return 'jwks'
  const documents = ['openid-configuration', 'oauth-authorization-server']
  return documents.some((name) => pathname === `/oidc/.well-known/${name}`) ? 'discovery' : undefined
}

// Any origin may read these two (recordings/cors/cors-behaviour.json).
function corsHeaders(request: Request): Record<string, string> {
  const allowed = { 'access-control-allow-origin': request.headers.get('origin') ?? '*', vary: 'Origin' }
  const requested = request.headers.get('access-control-request-headers')
  if (request.method !== 'OPTIONS') return allowed
  return {
    ...allowed,
    'access-control-allow-methods': 'GET',
    'access-control-max-age': '3600',
    ...(requested !== null && { 'access-control-allow-headers': requested }),
  }
}

/** Logto's discovery document (recordings/oidc/openid-configuration.json). */
function discoveryDocument(state: LogtoState, base: string): Record<string, unknown> {
  return {
    authorization_endpoint: `${base}/auth`,
    device_authorization_endpoint: `${base}/device/auth`,
    claims_parameter_supported: false,
    claims_supported: [...Object.values(CLAIMS_BY_SCOPE).flat(), 'sid', 'auth_time', 'iss'],
    code_challenge_methods_supported: ['S256'],
    end_session_endpoint: `${base}/session/end`,
    grant_types_supported: [
      'implicit',
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ],
    issuer: state.issuer,
    jwks_uri: `${base}/jwks`,
    authorization_response_iss_parameter_supported: true,
    response_modes_supported: ['form_post', 'fragment', 'query'],
    response_types_supported: ['code id_token', 'code', 'id_token', 'none'],
    scopes_supported: supportedScopes(state.version),
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_jwt',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ],
    token_endpoint_auth_signing_alg_values_supported: [
      'HS256',
      'RS256',
      'PS256',
      'ES256',
      'Ed25519',
      'EdDSA',
    ],
    token_endpoint: `${base}/token`,
    id_token_signing_alg_values_supported: idTokenAlgorithms(state),
    pushed_authorization_request_endpoint: `${base}/request`,
    request_uri_parameter_supported: false,
    userinfo_endpoint: `${base}/me`,
    introspection_endpoint: `${base}/token/introspection`,
    revocation_endpoint: `${base}/token/revocation`,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    claim_types_supported: ['normal'],
  }
}

// recordings/keys/rotation-timeline.json: an RSA key brings two algorithms.
function idTokenAlgorithms(state: LogtoState): string[] {
  const algorithms = state.keys
    .published()
    .flatMap((key) => (algorithmOf(key) === 'ES384' ? ['ES384'] : ['PS256', 'RS256']))
  return [...new Set(algorithms)]
}
