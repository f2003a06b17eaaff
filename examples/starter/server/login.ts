import type { ServerOptions } from '@yourorg/interaqt-logto/http'
import { type Client, createParseUserId } from '@yourorg/interaqt-logto/server'
import type { Environment } from './environment.js'
import { PUBLISH_SCOPE } from './scopes.js'

/** How the API knows who calls: by an access token, or by the cookie of a sign-in that the API itself has seen to. */
export async function loginOf(
  env: Environment,
  logto: Client,
): Promise<Pick<ServerOptions, 'parseUserId' | 'session' | 'cors'>> {
  if (!env.session) {
    return { parseUserId: createParseUserId(logto), cors: { origin: new URL(env.frontendUrl).origin } }
  }
  const { createSession } = await import('@yourorg/interaqt-logto/session')
  const session = createSession({
    logtoEndpoint: env.logtoEndpoint,
    interaqtEndpoint: env.interaqtEndpoint,
    resource: env.resource,
    // The page and the API have one origin here: vite.config.ts, or the reverse proxy in production, sees to it.
    baseUrl: new URL(env.frontendUrl).origin,
    scopes: [PUBLISH_SCOPE],
    ...env.session,
  })
  return { parseUserId: session.parseUserId, session }
}
