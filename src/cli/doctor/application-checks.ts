import { z } from 'zod'
import { Application, Resource } from '../logto-schemas.js'
import { allowsOrigin, matchResource, missingFrom, missingRedirectUris } from '../requirements.js'
import type { LoginMode } from '../settings.js'
import { SPA_APP_ID } from '../variables.js'
import { type Check, failure, ok, RUN_SETUP, required } from './check.js'

/** Whether the frontend can sign people in and get tokens for the API. */
export const applicationChecks: readonly Check[] = [
  applicationCheck('token', 'spa-application', {
    title: 'SPA application',
    variable: SPA_APP_ID,
    type: 'SPA',
    description: 'a single-page application',
  }),
  redirectUriCheck('token', 'spa-application'),
  {
    id: 'cors-origins',
    title: 'Frontend may fetch tokens',
    loginMode: 'token',
    needs: ['spa-application'],
    async run({ settings, application }) {
      const { id, oidcClientMetadata, customClientMetadata } = required(application)
      const { origin } = new URL(settings.frontendUrl)
      const expected = `${origin} among the origins of the redirect URIs, or CORS allowed origins`
      const isAllowed =
        allowsOrigin(oidcClientMetadata.redirectUris, origin) ||
        customClientMetadata.corsAllowedOrigins?.includes(origin)
      if (isAllowed) return ok(expected)
      const remedy = `${RUN_SETUP}; or console, Applications, ${id}, CORS allowed origins.`
      return failure(expected, 'it is not: the browser would be refused after signing in', remedy)
    },
  },
  {
    id: 'resource',
    title: 'API resource',
    needs: ['m2m-role'],
    async run({ settings, logto }) {
      const { resource: indicator, scopes } = settings
      const resources = await required(logto).get('/resources?includeScopes=true', z.array(Resource))
      const { found, similar } = matchResource(resources, indicator)
      const expected = `${indicator}, byte for byte${scopes.length > 0 ? `, with ${scopes.join(', ')}` : ''}`
      if (!found) {
        const instead = similar
          ? `${similar.indicator}, which to Logto is another one`
          : 'no such API resource'
        const remedy = `${RUN_SETUP}; or console, API resources, Create. Its identifier cannot be changed later.`
        return failure(expected, instead, remedy)
      }
      const known = found.scopes.map(({ name }) => name)
      const missing = missingFrom(known, scopes)
      if (missing.length === 0) return ok(expected)
      const remedy = `${RUN_SETUP} --scope ${scopes.join(' ')}; or console, API resources, ${indicator}, Permissions.`
      return failure(expected, `without ${missing.join(', ')}`, remedy)
    },
  },
]

/** Whether Logto has the application that people sign in with. */
export function applicationCheck(
  loginMode: LoginMode,
  id: string,
  {
    title,
    variable,
    type,
    description,
  }: { title: string; variable: string; type: string; description: string },
): Check {
  return {
    id,
    title,
    loginMode,
    needs: ['m2m-role'],
    async run(context) {
      const appId = context.settings.variable(variable)
      const expected = `${variable}, ${description} of this Logto`
      if (!appId) return failure(expected, 'it is not set', RUN_SETUP)
      const path = `/applications/${encodeURIComponent(appId)}`
      const found = await required(context.logto).find(path, Application)
      if (!found) return failure(expected, `Logto has no application ${appId}`, RUN_SETUP)
      if (found.type !== type) return failure(expected, `${appId} is of type ${found.type}`, RUN_SETUP)
      context.application = found
      return ok(expected, `${found.name} (${appId})`)
    },
  }
}

/** Whether Logto may send people back to us. `needed` is the check that finds the application. */
export function redirectUriCheck(loginMode: LoginMode, needed: string): Check {
  return {
    id: 'redirect-uris',
    title: 'Redirect URIs',
    loginMode,
    needs: [needed],
    async run({ settings: { redirectUris, postSignOutRedirectUris }, application }) {
      const { id, oidcClientMetadata: known } = required(application)
      const missing = [
        ...missingRedirectUris(known.redirectUris, redirectUris),
        ...missingRedirectUris(known.postLogoutRedirectUris, postSignOutRedirectUris),
      ]
      const wanted = [...new Set([...redirectUris, ...postSignOutRedirectUris])].join(', ')
      const expected = `${wanted}, for sign-in and after sign-out, byte for byte or by a wildcard`
      if (missing.length === 0) return ok(expected)
      const found = `${[...new Set(missing)].join(', ')} is not registered`
      const remedy = `${RUN_SETUP}; or console, Applications, ${id}, Redirect URIs and Post sign-out redirect URIs.`
      return failure(expected, found, remedy)
    },
  }
}
