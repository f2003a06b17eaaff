import { z } from 'zod'
import { ACCESS_TOKEN_CLOCK_TOLERANCE_SECONDS } from '../../logto/clock-tolerance.js'
import { discoveryUrlOf, issuerOf } from '../../logto/index.js'
import { LogtoConnection, request } from '../logto-connection.js'
import { MANAGEMENT_ROLE } from '../requirements.js'
import { M2M_APP_ID, M2M_APP_SECRET } from '../variables.js'
import { type Check, failure, ok, RUN_SETUP, required } from './check.js'

const Discovery = z.object({ issuer: z.string() })
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })) })

/** Whether Logto is there, is the right one, and has keys. */
export const logtoChecks: readonly Check[] = [
  {
    id: 'logto',
    title: 'Logto answers',
    needs: [],
    ifUnanswered:
      'Start Logto (`npx interaqt-logto dev` serves an embedded one), or set LOGTO_ENDPOINT to its base URL.',
    async run(context) {
      const url = discoveryUrlOf(issuerOf(context.settings.logtoEndpoint))
      const { status, body } = await request(context.terminal.host, url)
      const discovery = Discovery.safeParse(body)
      const expected = `a discovery document at ${url}`
      if (status === 200 && discovery.success) {
        context.discovery = discovery.data
        return ok(expected)
      }
      const found = `status ${status}, ${discovery.success ? 'a' : 'no'} discovery document`
      const remedy =
        'Set LOGTO_ENDPOINT to the base URL of Logto, without /oidc. Is something else on this port?'
      return failure(expected, found, remedy)
    },
  },
  {
    id: 'issuer',
    title: 'Issuer',
    needs: ['logto'],
    async run({ discovery, settings }) {
      const { issuer } = required(discovery)
      const expected = settings.variable('LOGTO_ISSUER') ?? issuerOf(settings.logtoEndpoint)
      if (issuer === expected) return ok(issuer)
      const [found, wanted] = [issuer, expected].map((name) => name.replace(/\/oidc$/, ''))
      const remedy =
        `Logto has another name of its own. Set LOGTO_ENDPOINT to ${found}, or Logto's ENDPOINT to ${wanted}; where the ` +
        `two must differ (Docker), set LOGTO_ISSUER=${issuer} for doctor, and \`issuer\` of the server Client.`
      return failure(expected, issuer, remedy)
    },
  },
  {
    id: 'keys',
    title: 'Signing keys',
    needs: ['logto'],
    async run({ terminal, settings }) {
      const { status, body } = await request(terminal.host, `${settings.logtoEndpoint}/oidc/jwks`)
      const keys = KeySet.safeParse(body)
      const usable = keys.success
        ? keys.data.keys.filter(({ kty, kid }) => kid && (kty === 'EC' || kty === 'RSA'))
        : []
      const expected = 'one or more public keys'
      if (usable.length > 0) return ok(expected, `${usable.length} of them`)
      const found = status === 200 ? 'none that can be used' : `status ${status}`
      const remedy =
        'Tokens cannot be verified. Restart Logto and look into its log; its keys: console, Tenant settings, Signing keys.'
      return failure(expected, found, remedy)
    },
  },
]

/** Whether the machine application of the API works, and Logto's clock. */
export const machineChecks: readonly Check[] = [
  {
    id: 'm2m-secret',
    title: 'M2M application and secret',
    needs: ['logto'],
    async run(context) {
      const { terminal, settings } = context
      const appId = settings.variable(M2M_APP_ID)
      const appSecret = settings.variable(M2M_APP_SECRET)
      const expected = `${M2M_APP_ID} and ${M2M_APP_SECRET}, which Logto accepts`
      if (!appId || !appSecret)
        return failure(expected, `${appId ? M2M_APP_SECRET : M2M_APP_ID} is not set`, RUN_SETUP)
      const { host } = terminal
      const logto = new LogtoConnection(settings, { appId, appSecret }, host.fetch)
      const before = host.now()
      const issuedAt = await logto.issuedAt()
      context.clock = { issuedAt, before, after: host.now() }
      context.logto = logto
      return ok(expected, appId)
    },
  },
  {
    id: 'clock',
    title: 'Clock',
    needs: ['m2m-secret'],
    async run({ clock }) {
      const { issuedAt, before, after } = required(clock)
      // Both clocks may agree on any moment of the request. Logto counts whole seconds: one more or less is no skew.
      const nearest = Math.min(Math.max(issuedAt * 1000, before), after)
      const skew = Math.round(issuedAt - nearest / 1000)
      const seconds = Math.abs(skew)
      const expected = `at most ${ACCESS_TOKEN_CLOCK_TOLERANCE_SECONDS} s apart from Logto's`
      if (seconds <= ACCESS_TOKEN_CLOCK_TOLERANCE_SECONDS) return ok(expected, `${seconds} s apart`)
      const found = `Logto's clock is ${seconds} s ${skew > 0 ? 'ahead' : 'behind'}`
      const remedy = 'Let NTP set both clocks: `timedatectl set-ntp true`, or restart Docker Desktop.'
      return failure(expected, found, remedy)
    },
  },
  {
    id: 'm2m-role',
    title: 'M2M application may read users',
    needs: ['m2m-secret'],
    async run({ logto }) {
      await required(logto).get('/users?page=1&page_size=1', z.array(z.looseObject({ id: z.string() })))
      return ok(`the role "${MANAGEMENT_ROLE}"`)
    },
  },
]
