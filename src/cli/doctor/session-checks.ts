import { z } from 'zod'
import { asSeenFromDocker } from '../docker.js'
import { Application, Secret } from '../logto-schemas.js'
import {
  COOKIE_SECRET,
  MIN_COOKIE_SECRET_LENGTH,
  WEB_APP_ID,
  WEB_APP_SECRET,
} from '../setup/web-application.js'
import { redirectUriCheck } from './application-checks.js'
import { type Check, failure, left, ok, RUN_SETUP, warning } from './check.js'

/** Whether the API can sign people in: what `LOGIN_MODE=session` needs instead of an SPA application. */
export const sessionChecks: readonly Check[] = [
  {
    id: 'web-application',
    title: 'Web application',
    loginMode: 'session',
    needs: ['m2m-role'],
    async run(context) {
      const id = context.settings.variable(WEB_APP_ID)
      const expected = `${WEB_APP_ID}, a traditional web application of this Logto`
      if (!id) return failure(expected, 'it is not set', RUN_SETUP)
      const found = await left(context.logto).find(`/applications/${encodeURIComponent(id)}`, Application)
      if (!found) return failure(expected, `Logto has no application ${id}`, RUN_SETUP)
      if (found.type !== 'Traditional') return failure(expected, `${id} is of type ${found.type}`, RUN_SETUP)
      context.application = found
      return ok(expected, `${found.name} (${id})`)
    },
  },
  {
    id: 'web-secret',
    title: 'Secret of the web application',
    loginMode: 'session',
    needs: ['web-application'],
    async run({ settings, logto, application, host }) {
      const expected = `${WEB_APP_SECRET}, one of the application's secrets that has not expired`
      const ours = settings.variable(WEB_APP_SECRET)
      if (!ours) return failure(expected, 'it is not set', RUN_SETUP)
      const secrets = await left(logto).get(`/applications/${left(application).id}/secrets`, z.array(Secret))
      const found = secrets.find(({ value }) => value === ours)
      if (!found) return failure(expected, 'Logto does not know it', RUN_SETUP)
      const isExpired = found.expiresAt ? found.expiresAt <= host.now() : false
      return isExpired ? failure(expected, 'it has expired', RUN_SETUP) : ok(expected)
    },
  },
  redirectUriCheck('web-application', 'session'),
  {
    id: 'backchannel-logout',
    title: 'Logto tells the API of sign-outs',
    loginMode: 'session',
    needs: ['web-application'],
    async run({ settings, application }) {
      const { id, oidcClientMetadata } = left(application)
      const { backchannelLogoutUri: uri, backchannelLogoutSessionRequired: hasSession } = oidcClientMetadata
      const { backchannelLogoutUri: ours } = settings
      const expected = `${ours}, with the session required`
      const isOurs = uri === ours || uri === asSeenFromDocker(ours)
      if (isOurs && hasSession) return ok(expected, uri)
      const found = uri === undefined ? 'no backchannel logout URI' : `${uri}${hasSession ? '' : ', without'}`
      const remedy = `${RUN_SETUP}; or console, Applications, ${id}, Backchannel logout.`
      return warning(expected, found, remedy)
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
