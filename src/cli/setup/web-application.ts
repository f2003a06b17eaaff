import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { asSeenFromDocker } from '../docker.js'
import { Application } from '../logto-schemas.js'
import type { Settings } from '../settings.js'
import { ensureSecret, findSecret } from './application-secret.js'
import { type EnvValues, keep, type PlanContext, type Step } from './plan.js'
import { union } from './spa-application.js'

const SUBJECT = 'Web application'
export const WEB_APP_ID = 'LOGTO_WEB_APP_ID'
export const WEB_APP_SECRET = 'LOGTO_WEB_APP_SECRET'
export const COOKIE_SECRET = 'COOKIE_SECRET'
/** What `createSession` asks of a cookie secret. */
export const MIN_COOKIE_SECRET_LENGTH = 32

/** The confidential client of sign-in on the server: made, or completed with what it lacks; and a secret for cookies. */
export async function planWebApplication(context: PlanContext): Promise<Step> {
  const { logto, settings } = context
  const name = `${context.name} (web)`
  const found = await findWebApplication(context, name)
  const shared = { subject: SUBJECT, variables: [WEB_APP_ID, WEB_APP_SECRET, 'LOGIN_MODE', COOKIE_SECRET] }
  const own = { LOGIN_MODE: 'session', [COOKIE_SECRET]: cookieSecretOf(settings) }
  const secretOf = async (id: string) => ({
    [WEB_APP_SECRET]: await ensureSecret(context, id, WEB_APP_SECRET),
  })
  if (!found) {
    const body = { name, type: 'Traditional', oidcClientMetadata: metadataOf(settings) }
    return {
      ...shared,
      name,
      action: 'create',
      details: differences(undefined, body.oidcClientMetadata),
      values: {},
      apply: async () => {
        const { id } = await logto.write('POST', '/applications', body, Application)
        return { [WEB_APP_ID]: id, ...(await secretOf(id)), ...own }
      },
    }
  }

  const secret = await findSecret(context, found.id, WEB_APP_SECRET)
  const known = secret === undefined ? {} : { [WEB_APP_SECRET]: secret }
  const values: EnvValues = { [WEB_APP_ID]: found.id, ...known, ...own }
  const wanted = metadataOf(settings, found)
  const changes = differences(found, wanted)
  if (changes.length === 0 && secret !== undefined) return keep(SUBJECT, found.name, values)
  return {
    ...shared,
    name: found.name,
    action: 'change',
    details: [...changes, ...(secret === undefined ? ['a new secret'] : [])],
    values,
    apply: async () => {
      const body = { oidcClientMetadata: wanted }
      if (changes.length > 0) await logto.write('PATCH', `/applications/${found.id}`, body, Application)
      return { ...values, ...(await secretOf(found.id)) }
    },
  }
}

/** The one that `.env` names, or else the one with our name. */
async function findWebApplication(
  { logto, settings }: PlanContext,
  name: string,
): Promise<Application | undefined> {
  const id = settings.variable(WEB_APP_ID)
  const known = id && (await logto.find(`/applications/${encodeURIComponent(id)}`, Application))
  if (known && known.type === 'Traditional') return known
  const applications = await logto.get('/applications?types=Traditional', z.array(Application))
  return applications.find((application) => application.name === name && application.type === 'Traditional')
}

// A secret that is there stays: another one would sign everybody out.
function cookieSecretOf({ variable }: Settings): string {
  const known = variable(COOKIE_SECRET)
  return known && known.length >= MIN_COOKIE_SECRET_LENGTH ? known : randomBytes(36).toString('base64url')
}

function metadataOf(settings: Settings, found?: Application) {
  const { redirectUris, postSignOutRedirectUris, backchannelLogoutUri } = settings
  const registered = found?.oidcClientMetadata.backchannelLogoutUri
  return {
    redirectUris: union(found?.oidcClientMetadata.redirectUris, redirectUris),
    postLogoutRedirectUris: union(found?.oidcClientMetadata.postLogoutRedirectUris, postSignOutRedirectUris),
    // What an earlier run has registered for Docker is ours by another name.
    backchannelLogoutUri:
      registered === asSeenFromDocker(backchannelLogoutUri) ? registered : backchannelLogoutUri,
    // Logout tokens then name the session: signing out on the phone leaves the laptop signed in.
    backchannelLogoutSessionRequired: true,
  }
}

function differences(found: Application | undefined, wanted: ReturnType<typeof metadataOf>): string[] {
  const known = found?.oidcClientMetadata
  const isNew =
    (uris: readonly string[] = []) =>
    (uri: string) =>
      !uris.includes(uri)
  const isLogoutTold =
    known?.backchannelLogoutUri === wanted.backchannelLogoutUri && known.backchannelLogoutSessionRequired
  return [
    ...wanted.redirectUris.filter(isNew(known?.redirectUris)).map((uri) => `redirect URI ${uri}`),
    ...wanted.postLogoutRedirectUris
      .filter(isNew(known?.postLogoutRedirectUris))
      .map((uri) => `post sign-out redirect URI ${uri}`),
    ...(isLogoutTold ? [] : [`backchannel logout URI ${wanted.backchannelLogoutUri}, with the session`]),
  ]
}
