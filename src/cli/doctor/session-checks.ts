import { z } from 'zod'
import { Secret } from '../logto-schemas.js'
import { hasExpired, leadsTo, MIN_COOKIE_SECRET_LENGTH } from '../requirements.js'
import { COOKIE_SECRET, WEB_APP_ID, WEB_APP_SECRET } from '../variables.js'
import { applicationCheck, redirectUriCheck } from './application-checks.js'
import { type Check, failure, ok, RUN_SETUP, required, warning } from './check.js'
import { isPrivateUrl } from './private-address.js'

// Logto says nothing of logout tokens that it does not post (recordings/released/effects-summary.json).
const ALLOW_PRIVATE =
  'Logto 1.42 posts no logout tokens to private addresses. Set OIDC_PROVIDER_SSRF_PROTECTION_DISABLED=true where Logto runs, or let Logto reach the API by a public address; docs/session.md says the price.'

/** Whether the API can sign people in: what `LOGIN_MODE=session` needs instead of an SPA application. */
export const sessionChecks: readonly Check[] = [
  applicationCheck('session', 'web-application', {
    title: 'Web application',
    variable: WEB_APP_ID,
    type: 'Traditional',
    description: 'a traditional web application',
  }),
  {
    id: 'web-secret',
    title: 'Secret of the web application',
    loginMode: 'session',
    needs: ['web-application'],
    async run({ settings, logto, application, terminal }) {
      const expected = `${WEB_APP_SECRET}, one of the application's secrets that has not expired`
      const ours = settings.variable(WEB_APP_SECRET)
      if (!ours) return failure(expected, 'it is not set', RUN_SETUP)
      const path = `/applications/${encodeURIComponent(required(application).id)}/secrets`
      const secrets = await required(logto).get(path, z.array(Secret))
      const found = secrets.find(({ value }) => value === ours)
      if (!found) return failure(expected, 'Logto does not know it', RUN_SETUP)
      if (hasExpired(found, terminal.host.now())) return failure(expected, 'it has expired', RUN_SETUP)
      return ok(expected)
    },
  },
  redirectUriCheck('session', 'web-application'),
  {
    id: 'backchannel-logout',
    title: 'Logto reports sign-outs',
    loginMode: 'session',
    needs: ['web-application'],
    async run({ settings: { backchannelLogoutUri: ours }, application }) {
      const { id, oidcClientMetadata } = required(application)
      const { backchannelLogoutUri: uri, backchannelLogoutSessionRequired: hasSession } = oidcClientMetadata
      const expected = `${ours}, with the session required`
      if (uri !== undefined && leadsTo(ours, uri) && hasSession) {
        return isPrivateUrl(uri)
          ? warning(expected, `${uri}, a private address`, ALLOW_PRIVATE)
          : ok(expected, uri)
      }
      const found = uri === undefined ? 'no backchannel logout URI' : `${uri}${hasSession ? '' : ', without'}`
      return warning(expected, found, `${RUN_SETUP}; or console, Applications, ${id}, Backchannel logout.`)
    },
  },
  {
    id: 'cookie-secret',
    title: 'Secret that encrypts the cookies',
    loginMode: 'session',
    needs: [],
    async run({ settings }) {
      const expected = `${COOKIE_SECRET} of at least ${MIN_COOKIE_SECRET_LENGTH} random characters`
      const length = settings.variable(COOKIE_SECRET)?.length ?? 0
      if (length >= MIN_COOKIE_SECRET_LENGTH) return ok(expected)
      return failure(expected, length === 0 ? 'it is not set' : `${length} characters`, RUN_SETUP)
    },
  },
]
