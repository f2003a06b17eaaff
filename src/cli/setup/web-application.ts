import { randomBytes } from 'node:crypto'
import { leadsTo, MIN_COOKIE_SECRET_LENGTH } from '../requirements.js'
import type { Settings } from '../settings.js'
import { COOKIE_SECRET, WEB_APP_ID, WEB_APP_SECRET } from '../variables.js'
import { ensureSecret, findApplication, findSecret, redirectUrisOf, saveApplication } from './application.js'
import { actionOf, type PlanContext, type Step } from './plan.js'

/** Plans the confidential client of sign-in on the server, with a secret that has not expired; and a secret for cookies. */
export async function planWebApplication(context: PlanContext): Promise<Step> {
  const { logto, settings } = context
  const identity = { name: `${context.name} (web)`, type: 'Traditional' } as const
  const found = await findApplication(context, identity, [settings.variable(WEB_APP_ID)])
  const secret = found && (await findSecret(context, found.id, WEB_APP_SECRET))
  const { metadata, details: uriDetails } = redirectUrisOf(settings, found)
  const { backchannelLogoutUri: registered, backchannelLogoutSessionRequired: namesSession } =
    found?.oidcClientMetadata ?? {}
  const isRegistered = leadsTo(settings.backchannelLogoutUri, registered)
  const backchannelLogoutUri = isRegistered ? registered : settings.backchannelLogoutUri
  const body = {
    oidcClientMetadata: {
      ...metadata,
      backchannelLogoutUri,
      // Logout tokens then name the session: signing out on the phone leaves the laptop signed in.
      backchannelLogoutSessionRequired: true,
    },
  }
  const details = [
    ...uriDetails,
    ...(isRegistered && namesSession
      ? []
      : [`backchannel logout URI ${backchannelLogoutUri}, with the session`]),
    ...(found && secret === undefined ? ['a new secret'] : []),
  ]
  const own = { LOGIN_MODE: 'session', [COOKIE_SECRET]: cookieSecretOf(settings) }
  return {
    subject: 'Web application',
    name: found?.name ?? identity.name,
    action: actionOf(found, details),
    details,
    values: { [WEB_APP_ID]: found?.id, [WEB_APP_SECRET]: secret, ...own },
    apply: async () => {
      const { id } = await saveApplication(logto, found, identity, body)
      const value = secret ?? (await ensureSecret(context, id, WEB_APP_SECRET))
      return { [WEB_APP_ID]: id, [WEB_APP_SECRET]: value, ...own }
    },
  }
}

// An existing secret stays: a new one would sign everybody out.
function cookieSecretOf({ variable }: Settings): string {
  const known = variable(COOKIE_SECRET)
  return known && known.length >= MIN_COOKIE_SECRET_LENGTH ? known : randomBytes(36).toString('base64url')
}
