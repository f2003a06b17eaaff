import { randomBytes } from 'node:crypto'
import { startEmbeddedLogto } from '@yourorg/interaqt-logto/embedded'
import { DEFAULTS, resourceOf } from './environment.js'
import { PUBLISH_SCOPE } from './scopes.js'

/**
 * Who can sign in on the embedded Logto. Everybody else can create an account there. Their ids are the same at every start,
 * so that a database that stays knows them again.
 */
const password = 'tea-and-cake'
const users = [
  { id: 'alice0000000', username: 'alice', password, name: 'Alice', roles: ['publisher'] },
  { id: 'bob000000000', username: 'bob', password, name: 'Bob' },
]

/**
 * Starts a Logto in this process, for development, with everything in it that the application needs, and puts what it
 * hands out into the environment: the rest of the application cannot tell it from a real one.
 */
export async function startLogto(): Promise<{ url: string; close(): Promise<void> }> {
  const setDefault = (name: string, value: string) => {
    process.env[name] ||= value
    return process.env[name]
  }
  const logtoEndpoint = setDefault('LOGTO_ENDPOINT', DEFAULTS.LOGTO_ENDPOINT)
  const interaqtEndpoint = setDefault('INTERAQT_ENDPOINT', DEFAULTS.INTERAQT_ENDPOINT)
  const home = new URL('/', setDefault('FRONTEND_URL', DEFAULTS.FRONTEND_URL))
  const homes = bothNames(home)

  // dev.ts says in its own words that this one runs.
  let print = (_line: string) => {}
  const logto = await startEmbeddedLogto({
    port: Number(new URL(logtoEndpoint).port),
    log: (line) => print(line),
    showAccounts: true,
    // The API that hears of sign-outs is on loopback, where a Logto posts nothing unless it is told to.
    backchannelLogout: { allowPrivateAddresses: true },
    users,
    roles: [{ name: 'publisher', scopes: [PUBLISH_SCOPE] }],
    resources: [{ indicator: resourceOf(interaqtEndpoint), name: 'Friends API', scopes: [PUBLISH_SCOPE] }],
    applications: [
      {
        id: setDefault('LOGTO_SPA_APP_ID', 'friends-frontend'),
        name: 'Friends',
        type: 'SPA',
        redirectUris: homes,
        postLogoutRedirectUris: homes,
      },
      {
        id: setDefault('LOGTO_WEB_APP_ID', 'friends-web'),
        name: 'Friends',
        type: 'Traditional',
        secret: setDefault('LOGTO_WEB_APP_SECRET', randomBytes(16).toString('hex')),
        redirectUris: bothNames(new URL('/auth/callback', home)),
        postLogoutRedirectUris: homes,
        backchannelLogoutUri: `${interaqtEndpoint}/auth/back-channel-logout`,
      },
      {
        id: setDefault('LOGTO_M2M_APP_ID', 'friends-api'),
        name: 'Friends API',
        type: 'MachineToMachine',
        secret: setDefault('LOGTO_M2M_APP_SECRET', randomBytes(16).toString('hex')),
        managementApi: true,
      },
    ],
    hooks: [
      {
        id: setDefault('LOGTO_WEBHOOK_ID', 'friends-sync'),
        name: 'Friends API',
        url: `${interaqtEndpoint}/api/syncUser`,
        signingKey: setDefault('LOGTO_WEBHOOK_SIGNING_KEY', randomBytes(16).toString('hex')),
      },
    ],
  })
  print = (line) => console.warn(`Logto: ${line}`)
  // It listens on 127.0.0.1 alone, and its issuer says so.
  process.env.LOGTO_ENDPOINT = logto.url
  setDefault('COOKIE_SECRET', randomBytes(32).toString('hex'))
  process.env.WELCOME_HINT = `Demo users: \`alice\` and \`bob\`. Their password: \`${password}\``
  return logto
}

/** Returns this address and, when it is on this machine, the same under its other name: people type either. */
function bothNames(url: URL): string[] {
  const names = ['127.0.0.1', 'localhost']
  if (!names.includes(url.hostname)) return [url.href]
  return names.map((name) => Object.assign(new URL(url), { hostname: name }).href)
}
