import { z } from 'zod'
import { Application } from '../logto-schemas.js'
import { keep, type PlanContext, type Step } from './plan.js'

const SUBJECT = 'SPA application'
const VARIABLE = 'LOGTO_SPA_APP_ID'

/** The public client of the frontend: made, or completed with the URIs that it lacks. Others are left alone. */
export async function planSpaApplication(context: PlanContext): Promise<Step> {
  const { logto } = context
  const name = `${context.name} (frontend)`
  const found = await findSpaApplication(context, name)
  if (!found) {
    const body = { name, type: 'SPA', ...metadataOf(context) }
    return {
      subject: SUBJECT,
      name,
      action: 'create',
      details: uriDetails(body.oidcClientMetadata),
      variables: [VARIABLE],
      values: {},
      apply: async () => ({ [VARIABLE]: (await logto.write('POST', '/applications', body, Application)).id }),
    }
  }

  const values = { [VARIABLE]: found.id }
  const wanted = metadataOf(context, found)
  const details = differences(found, wanted)
  if (details.length === 0) return keep(SUBJECT, found.name, values)
  return {
    subject: SUBJECT,
    name: found.name,
    action: 'change',
    details,
    variables: [VARIABLE],
    values,
    apply: async () => {
      await logto.write('PATCH', `/applications/${found.id}`, wanted, Application)
      return values
    },
  }
}

/** The one that `.env` names, or else the one with our name. */
async function findSpaApplication(
  { logto, settings }: PlanContext,
  name: string,
): Promise<Application | undefined> {
  const id = settings.variable(VARIABLE)
  const known = id && (await logto.find(`/applications/${encodeURIComponent(id)}`, Application))
  if (known && known.type === 'SPA') return known
  const applications = await logto.get('/applications?types=SPA', z.array(Application))
  return applications.find((application) => application.name === name && application.type === 'SPA')
}

function metadataOf({ settings }: PlanContext, found?: Application) {
  const { redirectUris, postSignOutRedirectUris, frontendUrl } = settings
  const oidcClientMetadata = {
    redirectUris: union(found?.oidcClientMetadata.redirectUris, redirectUris),
    postLogoutRedirectUris: union(found?.oidcClientMetadata.postLogoutRedirectUris, postSignOutRedirectUris),
  }
  const origin = new URL(frontendUrl).origin
  const corsAllowedOrigins = union(
    found?.customClientMetadata.corsAllowedOrigins,
    // Logto lets the origins of redirect URIs fetch tokens; another has to be named (docs/facts.md, "Tokens and keys").
    allowsOrigin(oidcClientMetadata.redirectUris, origin) ? [] : [origin],
  )
  return {
    oidcClientMetadata,
    customClientMetadata: {
      ...found?.customClientMetadata,
      ...(corsAllowedOrigins.length > 0 && { corsAllowedOrigins }),
    },
  }
}

/** Whether one of these URIs is of this origin. */
export function allowsOrigin(uris: readonly string[], origin: string): boolean {
  return uris.some((uri) => URL.canParse(uri) && new URL(uri).origin === origin)
}

function differences(found: Application, wanted: ReturnType<typeof metadataOf>): string[] {
  const { redirectUris, postLogoutRedirectUris } = found.oidcClientMetadata
  const origins = found.customClientMetadata.corsAllowedOrigins ?? []
  const { oidcClientMetadata, customClientMetadata } = wanted
  const isNew = (known: readonly string[]) => (value: string) => !known.includes(value)
  return [
    ...oidcClientMetadata.redirectUris.filter(isNew(redirectUris)).map((uri) => `redirect URI ${uri}`),
    ...oidcClientMetadata.postLogoutRedirectUris
      .filter(isNew(postLogoutRedirectUris))
      .map((uri) => `post sign-out redirect URI ${uri}`),
    ...(customClientMetadata.corsAllowedOrigins ?? [])
      .filter(isNew(origins))
      .map((origin) => `CORS origin ${origin}`),
  ]
}

function uriDetails(metadata: { redirectUris: string[]; postLogoutRedirectUris: string[] }): string[] {
  return [
    ...metadata.redirectUris.map((uri) => `redirect URI ${uri}`),
    ...metadata.postLogoutRedirectUris.map((uri) => `post sign-out redirect URI ${uri}`),
  ]
}

/** Both lists, without repetitions. */
export function union(known: readonly string[] = [], wanted: readonly string[]): string[] {
  return [...new Set([...known, ...wanted])]
}
