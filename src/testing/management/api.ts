import { jsonResponse, textResponse } from '../http/bodies.js'
import type { LogtoState } from '../state/state.js'
import { applicationRoutes } from './applications.js'
import { ManagementAuthorizer } from './authorizer.js'
import { configurationRoutes } from './configuration.js'
import { ManagementRefusal } from './errors.js'
import { exchangeableTokenRoutes } from './exchangeable-tokens.js'
import { hookRoutes } from './hooks.js'
import { organizationTemplateRoutes } from './organization-template.js'
import { organizationRoutes } from './organizations.js'
import { resourceRoutes } from './resources.js'
import { roleRoutes } from './roles.js'
import { matchRoute, type Route, RouteContext, toResponse } from './router.js'
import { sessionRoutes } from './sessions.js'
import { userRoutes } from './users.js'

const ROUTES: readonly Route[] = [
  ...userRoutes,
  ...exchangeableTokenRoutes,
  ...sessionRoutes,
  ...applicationRoutes,
  ...resourceRoutes,
  ...roleRoutes,
  ...organizationRoutes,
  ...organizationTemplateRoutes,
  ...hookRoutes,
  ...configurationRoutes,
]

/** Answers one request to a Management API, whose path begins with `/api`. */
export type ManagementApi = (request: Request) => Promise<Response>

/**
 * Returns Logto's Management API over a state, as a function of the request. The MSW handlers and the embedded server
 * both call it.
 */
export function createManagementApi(state: LogtoState): ManagementApi {
  const authorizer = new ManagementAuthorizer(state)
  return async (request) => {
    const faulty = await state.faults.answer('management')
    if (faulty) return faulty
    try {
      return await answer(state, authorizer, request)
    } catch (error) {
      if (error instanceof ManagementRefusal) return error.toResponse()
      throw error
    }
  }
}

async function answer(
  state: LogtoState,
  authorizer: ManagementAuthorizer,
  request: Request,
): Promise<Response> {
  const url = new URL(request.url)
  const path = url.pathname.replace(/^\/api(?=\/)/, '')
  // Logto answers a preflight with an empty 200 and no CORS header: browsers may not call this API.
  if (request.method === 'OPTIONS') return new Response('')
  // Open to all, and silent about the version (recordings/released/status.json).
  if (path === '/status' && request.method === 'GET') return new Response(null, { status: 204 })
  const match = matchRoute(ROUTES, request.method, path)
  if (!match) return textResponse('Not Found', 404)
  if ('allowed' in match) return textResponse('Method Not Allowed', 405, { allow: match.allowed.join(', ') })

  await authorizer.authorize(request.headers.get('authorization'))
  const body = await jsonBody(request)
  if (body instanceof Response) return body

  const context = new RouteContext(state, url, match.params, body)
  const result = await match.route.handle(context)
  for (const [event, fields] of context.events) {
    state.deliveries.trigger(event, {
      userAgent: request.headers.get('user-agent') ?? 'node',
      ip: '::ffff:127.0.0.1',
      path,
      method: request.method,
      status: result.status,
      params: eventParams(path, match.params),
      matchedRoute: match.route.path,
      ...fields,
    })
  }
  return toResponse(result)
}

/** Resolves with the parsed body, undefined when there is none, or the answer to a malformed one (docs/facts.md, "Management API"). */
async function jsonBody(request: Request): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined
  const text = await request.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : 'invalid JSON'
    return jsonResponse({ message }, 400)
  }
}

// Logto's role routes hang under a wildcard, whose match shows up among the parameters of their events
// (recordings/webhooks/0024-role-update-Role.Data.Updated.json).
function eventParams(path: string, params: Record<string, string>): Record<string, string> {
  const wildcard = /^\/roles(\/.+)$/.exec(path)?.[1]
  return wildcard === undefined ? params : { 0: wildcard, ...params }
}
