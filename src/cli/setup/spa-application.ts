import { allowsOrigin, missingFrom } from '../requirements.js'
import { SPA_APP_ID } from '../variables.js'
import { findApplication, redirectUrisOf, saveApplication } from './application.js'
import { actionOf, type PlanContext, type Step } from './plan.js'

/** Plans the public client of the frontend, with its redirect URIs and CORS origin. */
export async function planSpaApplication(context: PlanContext): Promise<Step> {
  const { logto, settings } = context
  const identity = { name: `${context.name} (frontend)`, type: 'SPA' } as const
  const found = await findApplication(context, identity, [settings.variable(SPA_APP_ID)])
  const { metadata, details: uriDetails } = redirectUrisOf(settings, found)
  const { origin } = new URL(settings.frontendUrl)
  const { corsAllowedOrigins: origins = [] } = found?.customClientMetadata ?? {}
  // Logto lets the origins of redirect URIs fetch tokens. Another origin has to be allowed (docs/facts.md, "Tokens and keys").
  const missing = allowsOrigin(metadata.redirectUris, origin) ? [] : missingFrom(origins, [origin])
  const corsAllowedOrigins = [...origins, ...missing]
  const body = {
    oidcClientMetadata: metadata,
    customClientMetadata: {
      ...found?.customClientMetadata,
      ...(corsAllowedOrigins.length > 0 && { corsAllowedOrigins }),
    },
  }
  const details = [...uriDetails, ...missing.map((origin) => `CORS origin ${origin}`)]
  return {
    subject: 'SPA application',
    name: found?.name ?? identity.name,
    action: actionOf(found, details),
    details,
    values: { [SPA_APP_ID]: found?.id },
    apply: async () => ({ [SPA_APP_ID]: (await saveApplication(logto, found, identity, body)).id }),
  }
}
