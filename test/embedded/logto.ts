import {
  type EmbeddedLogto,
  type EmbeddedLogtoOptions,
  startEmbeddedLogto,
} from '../../src/embedded/index.js'
import { type Answer, sendForm, text } from '../contract/http.js'
import { type AuthorizationParameters, type Credentials, Person } from '../contract/person.js'

export const REDIRECT_URI = 'http://127.0.0.1:5173/callback'
export const RESOURCE = 'http://127.0.0.1:4000/interaction'
export const ALICE = { username: 'alice', password: 'correct-horse' }

/** An embedded Logto with what most tests need: a single-page application, a machine, a resource and Alice. */
export function startLogto(options: EmbeddedLogtoOptions = {}): Promise<EmbeddedLogto> {
  return startEmbeddedLogto({
    port: 0,
    log: () => {},
    users: [ALICE],
    applications: [
      {
        id: 'spa',
        name: 'Demo <app>',
        type: 'SPA',
        redirectUris: [REDIRECT_URI],
        postLogoutRedirectUris: ['http://127.0.0.1:5173/'],
      },
      {
        id: 'machine',
        name: 'Machine',
        type: 'MachineToMachine',
        secret: 'machine-secret',
        managementApi: true,
      },
    ],
    resources: [
      {
        indicator: RESOURCE,
        scopes: ['interaction:read', 'interaction:write'],
        defaultScopes: ['interaction:read'],
      },
    ],
    ...options,
  })
}

/** An authorization request of the single-page application. */
export const request = (changed: AuthorizationParameters = {}): AuthorizationParameters => ({
  client_id: 'spa',
  redirect_uri: REDIRECT_URI,
  response_type: 'code',
  scope: 'openid offline_access profile interaction:read interaction:write',
  resource: RESOURCE,
  state: 'some-state',
  prompt: 'consent',
  ...changed,
})

/** Signs a user in and exchanges the code. */
export async function signIn(
  logto: EmbeddedLogto,
  credentials: Credentials = ALICE,
  changed: AuthorizationParameters = {},
): Promise<Answer> {
  const parameters = request(changed)
  const { code, verifier } = await new Person(logto.url).authorize(parameters, credentials)
  return token(logto, {
    client_id: String(parameters.client_id),
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: REDIRECT_URI,
  })
}

/** Uses a refresh token. */
export const refresh = (
  logto: EmbeddedLogto,
  refreshToken: string,
  changed: Record<string, string> = {},
): Promise<Answer> =>
  token(logto, { client_id: 'spa', grant_type: 'refresh_token', refresh_token: refreshToken, ...changed })

export const token = (logto: EmbeddedLogto, form: Record<string, string>): Promise<Answer> =>
  sendForm(`${logto.url}/oidc/token`, form)

export const refreshTokenOf = (answer: Answer): string => text(answer, 'refresh_token')
