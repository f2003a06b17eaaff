import { z } from 'zod'
import { LogtoConnection, request } from '../logto-connection.js'
import { tokenEndpointOf } from '../settings.js'
import { type Check, failure, left, ok, RUN_SETUP } from './check.js'

// The server Client accepts tokens that are issued up to 5 s in its future.
const MAX_SKEW_SECONDS = 5

const Discovery = z.object({ issuer: z.string() })
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })) })

/** Whether Logto is there, is the one that is meant, and has keys and a clock that tokens can be verified with. */
export const logtoChecks: readonly Check[] = [
  {
    id: 'logto',
    title: 'Logto answers',
    needs: [],
    ifUnanswered:
      'Start Logto (`npx interaqt-logto dev` serves an embedded one), or set LOGTO_ENDPOINT to its base URL.',
    async run(context) {
      const { host, settings } = context
      const url = `${settings.logtoEndpoint}/oidc/.well-known/openid-configuration`
      const { status, body } = await request(host.fetch, url)
      const discovery = Discovery.safeParse(body)
      const expected = `a discovery document at ${url}`
      if (status !== 200 || !discovery.success) {
        const remedy =
          'Set LOGTO_ENDPOINT to the base URL of Logto, without /oidc. Is something else on this port?'
        return failure(
          expected,
          `status ${status}, ${discovery.success ? 'a' : 'no'} discovery document`,
          remedy,
        )
      }
      context.discovery = discovery.data
      return ok(expected)
    },
  },
  {
    id: 'issuer',
    title: 'Issuer',
    needs: ['logto'],
    async run({ discovery, expectedIssuer }) {
      const { issuer } = left(discovery)
      if (issuer === expectedIssuer) return ok(issuer)
      return failure(
        expectedIssuer,
        issuer,
        `Logto has another name of its own. Set LOGTO_ENDPOINT to ${issuer.replace(/\/oidc$/, '')}, or Logto's ENDPOINT to ` +
          `${expectedIssuer.replace(/\/oidc$/, '')}; where the two must differ (Docker), set LOGTO_ISSUER=${issuer} for ` +
          'doctor, and `issuer` of the server Client.',
      )
    },
  },
  {
    id: 'keys',
    title: 'Signing keys',
    needs: ['logto'],
    async run({ host, settings }) {
      const { status, body } = await request(host.fetch, `${settings.logtoEndpoint}/oidc/jwks`)
      const keys = KeySet.safeParse(body)
      const usable = keys.success
        ? keys.data.keys.filter(({ kty, kid }) => kid && (kty === 'EC' || kty === 'RSA'))
        : []
      const expected = 'one or more public keys'
      if (usable.length > 0) return ok(expected, `${usable.length} of them`)
      return failure(
        expected,
        status === 200 ? 'none that can be used' : `status ${status}`,
        'Tokens cannot be verified. Restart Logto and look into its log; its keys: console, Tenant settings, Signing keys.',
      )
    },
  },
]

/** Whether the machine application of the API works. */
export const machineChecks: readonly Check[] = [
  {
    id: 'm2m-secret',
    title: 'M2M application and secret',
    needs: ['logto'],
    async run(context) {
      const { host, settings } = context
      const appId = settings.variable('LOGTO_M2M_APP_ID')
      const appSecret = settings.variable('LOGTO_M2M_APP_SECRET')
      const expected = 'LOGTO_M2M_APP_ID and LOGTO_M2M_APP_SECRET, which Logto accepts'
      if (!appId || !appSecret) {
        return failure(
          expected,
          `${appId ? 'LOGTO_M2M_APP_SECRET' : 'LOGTO_M2M_APP_ID'} is not set`,
          RUN_SETUP,
        )
      }
      const { logtoEndpoint, managementResource } = settings
      const tokenEndpoint = tokenEndpointOf(settings, appId)
      const options = {
        logtoEndpoint,
        tokenEndpoint,
        managementResource,
        appId,
        appSecret,
        fetch: host.fetch,
      }
      const logto = new LogtoConnection(options)
      await logto.scopes()
      context.logto = logto
      return ok(expected, appId)
    },
  },
  {
    id: 'clock',
    title: 'Clock',
    needs: ['m2m-secret'],
    async run({ host, logto }) {
      const before = host.now()
      const issuedAt = await left(logto).issuedAt()
      // Whole seconds, and the time of the request: a second of doubt on either side is not skew.
      const skew = Math.round(issuedAt - (before + host.now()) / 2000)
      const expected = `at most ${MAX_SKEW_SECONDS} s apart from Logto's`
      if (Math.abs(skew) <= MAX_SKEW_SECONDS) return ok(expected, `${Math.abs(skew)} s apart`)
      const found = `Logto's clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead' : 'behind'}`
      return failure(
        expected,
        found,
        'Let NTP set both clocks: `timedatectl set-ntp true`, or restart Docker Desktop.',
      )
    },
  },
  {
    id: 'm2m-role',
    title: 'M2M application may read users',
    needs: ['m2m-secret'],
    async run({ logto }) {
      await left(logto).get('/users?page=1&page_size=1', z.array(z.looseObject({ id: z.string() })))
      return ok('the role "Logto Management API access"')
    },
  },
]
