import { z } from 'zod'
import { Application, Resource } from '../logto-schemas.js'
import type { LoginMode } from '../settings.js'
import { isSimilar } from '../setup/api-resource.js'
import { allowsOrigin } from '../setup/spa-application.js'
import { type Check, failure, left, ok, RUN_SETUP } from './check.js'

/** Whether the frontend can sign people in and get tokens for the API. */
export const applicationChecks: readonly Check[] = [
  {
    id: 'spa-application',
    title: 'SPA application',
    loginMode: 'token',
    needs: ['m2m-role'],
    async run(context) {
      const id = context.settings.variable('LOGTO_SPA_APP_ID')
      const expected = 'LOGTO_SPA_APP_ID, a single-page application of this Logto'
      if (!id) return failure(expected, 'it is not set', RUN_SETUP)
      const found = await left(context.logto).find(`/applications/${encodeURIComponent(id)}`, Application)
      if (!found) return failure(expected, `Logto has no application ${id}`, RUN_SETUP)
      if (found.type !== 'SPA') return failure(expected, `${id} is of type ${found.type}`, RUN_SETUP)
      context.application = found
      return ok(expected, `${found.name} (${id})`)
    },
  },
  redirectUriCheck('spa-application', 'token'),
  {
    id: 'cors-origins',
    title: 'Frontend may fetch tokens',
    loginMode: 'token',
    needs: ['spa-application'],
    async run({ settings, application }) {
      const { id, oidcClientMetadata, customClientMetadata } = left(application)
      const { origin } = new URL(settings.frontendUrl)
      const expected = `${origin} among the origins of the redirect URIs, or CORS allowed origins`
      const isAllowed =
        allowsOrigin(oidcClientMetadata.redirectUris, origin) ||
        customClientMetadata.corsAllowedOrigins?.includes(origin)
      if (isAllowed) return ok(expected)
      return failure(
        expected,
        'it is not: the browser would be refused after signing in',
        `${RUN_SETUP}; or console, Applications, ${id}, CORS allowed origins.`,
      )
    },
  },
  {
    id: 'resource',
    title: 'API resource',
    needs: ['m2m-role'],
    async run({ settings, logto }) {
      const { resource: indicator, scopes } = settings
      const resources = await left(logto).get('/resources?includeScopes=true', z.array(Resource))
      const found = resources.find((resource) => resource.indicator === indicator)
      const expected = `${indicator}, byte for byte${scopes.length > 0 ? `, with ${scopes.join(', ')}` : ''}`
      if (!found) {
        const similar = resources.find((resource) => isSimilar(resource.indicator, indicator))
        return failure(
          expected,
          similar ? `${similar.indicator}, which to Logto is another one` : 'no such API resource',
          `${RUN_SETUP}; or console, API resources, Create. Its identifier cannot be changed later.`,
        )
      }
      const missing = scopes.filter((scope) => !found.scopes.some(({ name }) => name === scope))
      if (missing.length === 0) return ok(expected)
      const remedy = `${RUN_SETUP} --scope ${scopes.join(' ')}; or console, API resources, ${indicator}, Permissions.`
      return failure(expected, `without ${missing.join(', ')}`, remedy)
    },
  },
]

/** Whether Logto may send people back to us. `needed` is the check that finds the application. */
export function redirectUriCheck(needed: string, loginMode: LoginMode): Check {
  return {
    id: 'redirect-uris',
    title: 'Redirect URIs',
    loginMode,
    needs: [needed],
    async run({ settings, application }) {
      const { id, oidcClientMetadata } = left(application)
      const missing = [
        ...settings.redirectUris.filter((uri) => !oidcClientMetadata.redirectUris.includes(uri)),
        ...settings.postSignOutRedirectUris.filter(
          (uri) => !oidcClientMetadata.postLogoutRedirectUris.includes(uri),
        ),
      ]
      const wanted = [...new Set([...settings.redirectUris, ...settings.postSignOutRedirectUris])].join(', ')
      const expected = `${wanted}, for sign-in and after sign-out, byte for byte`
      if (missing.length === 0) return ok(expected)
      return failure(
        expected,
        `${[...new Set(missing)].join(', ')} is not registered`,
        `${RUN_SETUP}; or console, Applications, ${id}, Redirect URIs and Post sign-out redirect URIs.`,
      )
    },
  }
}
