import type { Seed } from '../../testing/index.js'
import {
  COOKIE_SECRET,
  M2M_APP_ID,
  M2M_APP_SECRET,
  SPA_APP_ID,
  WEB_APP_ID,
  WEB_APP_SECRET,
  WEBHOOK_ID,
  WEBHOOK_KEY,
} from '../variables.js'
import type { DevSettings } from './settings.js'
import type { DevUser } from './users.js'

/** No secrets: everybody knows them, and the embedded Logto listens on this machine alone. */
export const IDS = {
  [SPA_APP_ID]: 'dev-frontend',
  [WEB_APP_ID]: 'dev-web',
  [WEB_APP_SECRET]: 'dev-web-secret-that-everybody-knows',
  [COOKIE_SECRET]: 'dev-cookie-secret-that-everybody-knows',
  [M2M_APP_ID]: 'dev-api',
  [M2M_APP_SECRET]: 'dev-api-secret-that-everybody-knows',
  [WEBHOOK_KEY]: 'dev-signing-key-that-everybody-knows',
  [WEBHOOK_ID]: 'dev-webhook',
}

/** What `dev` starts with: the same rows with the same ids at every start. */
export function seedOf(settings: DevSettings, users: readonly DevUser[]) {
  const { interaqtEndpoint, frontendUrl, resource, scopes } = settings
  const home = new URL('/', frontendUrl).href
  const callback = new URL('/auth/callback', frontendUrl).href
  const ofBoth = {
    redirectUris: alsoLocalhost(home, ...settings.redirectUris),
    postLogoutRedirectUris: alsoLocalhost(home, ...settings.postSignOutRedirectUris),
  }
  return {
    users: users.map(({ isNew: _, ...user }) => user),
    resources: [{ id: 'dev-api-resource', indicator: resource, name: 'API', defaultScopes: scopes }],
    applications: [
      { id: IDS[SPA_APP_ID], name: 'Frontend', type: 'SPA', ...ofBoth },
      {
        ...ofBoth,
        id: IDS[WEB_APP_ID],
        name: 'Frontend, signed in on the server',
        type: 'Traditional',
        secret: IDS[WEB_APP_SECRET],
        redirectUris: alsoLocalhost(callback, ...settings.redirectUris),
        backchannelLogoutUri: `${interaqtEndpoint}/auth/back-channel-logout`,
      },
      {
        id: IDS[M2M_APP_ID],
        name: 'API',
        type: 'MachineToMachine',
        secret: IDS[M2M_APP_SECRET],
        managementApi: true,
      },
    ],
    hooks: [
      {
        id: IDS[WEBHOOK_ID],
        name: 'API',
        url: `${interaqtEndpoint}/api/syncUser`,
        signingKey: IDS[WEBHOOK_KEY],
      },
    ],
  } satisfies Seed
}

/** What `seedOf` returns. */
export type DevSeed = ReturnType<typeof seedOf>

/** Returns these URIs and, where one is of this machine, the same under its other name: people type either. */
function alsoLocalhost(...uris: string[]): string[] {
  const all = uris.flatMap((uri) => {
    const url = new URL(uri)
    if (!['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return [uri]
    const others = ['127.0.0.1', 'localhost'].filter((name) => name !== url.hostname)
    return [
      uri,
      ...others.map((name) => uri.replace(`//${url.host}`, `//${url.port ? `${name}:${url.port}` : name}`)),
    ]
  })
  return [...new Set(all)]
}
