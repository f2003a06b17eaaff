import { z } from 'zod'
import type { LogtoConnection } from '../logto-connection.js'
import { Application, Secret } from '../logto-schemas.js'
import { hasExpired, missingRedirectUris } from '../requirements.js'
import type { Settings } from '../settings.js'
import { isOwnApplication } from './own-name.js'
import type { PlanContext } from './plan.js'

/** Name and type of an application. A later run finds it by these. */
interface Identity {
  name: string
  type: 'SPA' | 'Traditional' | 'MachineToMachine'
}

/** Finds the application of this type with one of these ids, or else with this name; none that belongs to another URL. */
export async function findApplication(
  context: PlanContext,
  { name, type }: Identity,
  ids: readonly (string | undefined)[],
): Promise<Application | undefined> {
  const { logto } = context
  const isOurs = (application: Application) =>
    application.type === type && (type === 'MachineToMachine' || isOwnApplication(context, application))
  for (const id of new Set(ids)) {
    const known = id && (await logto.find(`/applications/${encodeURIComponent(id)}`, Application))
    if (known && isOurs(known)) return known
  }
  const applications = await logto.get(`/applications?types=${type}`, z.array(Application))
  return applications.find((application) => application.name === name && isOurs(application))
}

/** Creates the application, or sets the metadata of the one that was found. */
export function saveApplication(
  logto: LogtoConnection,
  found: Application | undefined,
  identity: Identity,
  metadata: Record<string, unknown>,
): Promise<Application> {
  return found
    ? logto.write('PATCH', `/applications/${encodeURIComponent(found.id)}`, metadata, Application)
    : logto.write('POST', '/applications', { ...identity, ...metadata }, Application)
}

/** Returns the redirect URIs that the application has and those that it needs, with a line for each new one. */
export function redirectUrisOf(
  { redirectUris, postSignOutRedirectUris }: Settings,
  { oidcClientMetadata: known }: Partial<Application> = {},
) {
  const missing = missingRedirectUris(known?.redirectUris, redirectUris)
  const missingAfterSignOut = missingRedirectUris(known?.postLogoutRedirectUris, postSignOutRedirectUris)
  return {
    metadata: {
      redirectUris: [...(known?.redirectUris ?? []), ...missing],
      postLogoutRedirectUris: [...(known?.postLogoutRedirectUris ?? []), ...missingAfterSignOut],
    },
    details: [
      ...missing.map((uri) => `redirect URI ${uri}`),
      ...missingAfterSignOut.map((uri) => `post sign-out redirect URI ${uri}`),
    ],
  }
}

/**
 * Finds a secret of an application that has not expired: ours (from `.env` or the environment) if Logto still knows it, or
 * else any.
 *
 * @param variable - the variable that holds it.
 */
export async function findSecret(
  { logto, settings, now }: PlanContext,
  id: string,
  variable: string,
): Promise<string | undefined> {
  const secrets = await logto.get(`/applications/${encodeURIComponent(id)}/secrets`, z.array(Secret))
  const valid = secrets.filter((secret) => !hasExpired(secret, now)).map(({ value }) => value)
  const ours = [settings.envFile.get(variable), settings.variable(variable)]
  return valid.find((value) => ours.includes(value)) ?? valid[0]
}

/** Like `findSecret`, but creates a secret when there is none. */
export async function ensureSecret(context: PlanContext, id: string, variable: string): Promise<string> {
  const existing = await findSecret(context, id, variable)
  if (existing !== undefined) return existing
  const body = { name: `interaqt-logto ${new Date(context.now).toISOString()}` }
  return (await context.logto.write('POST', `/applications/${encodeURIComponent(id)}/secrets`, body, Secret))
    .value
}
