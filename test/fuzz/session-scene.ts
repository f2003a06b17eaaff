import { Hono } from 'hono'
import { createSession, type LogtoSession, type SessionOptions } from '../../src/session/index.js'
import { createSigningKey, type SigningKey } from '../support/issuer.js'

export const ORIGIN = 'https://app.example.com'
const ENDPOINT = 'https://logto.example.com'
export const ISSUER = `${ENDPOINT}/oidc`
export const RESOURCE = `${ORIGIN}/interaction`

/** An application with a session on the server, and a Logto that is only as real as the attacks need it. */
export interface SessionScene {
  options: SessionOptions
  key: SigningKey
  session: LogtoSession
  app: Hono
  /** Bodies of the requests for tokens. Logto refuses them all. */
  exchanges: URLSearchParams[]
  /** Faults that the session reported. */
  faults: unknown[]
}

export async function openScene(): Promise<SessionScene> {
  const key = await createSigningKey('EdDSA')
  const exchanges: URLSearchParams[] = []
  const faults: unknown[] = []
  const silent = { info: () => {}, warn: () => {}, error: () => {} }
  const options: SessionOptions = {
    logtoEndpoint: ENDPOINT,
    appId: 'traditional-app',
    appSecret: 'traditional-secret',
    cookieSecret: 'a secret for tests, long enough to be one',
    baseUrl: ORIGIN,
    logger: silent,
    onError: (error) => faults.push(error),
    onRefused: () => {},
    async fetch(input, init) {
      const { pathname } = new URL(String(input))
      if (pathname.endsWith('/token')) {
        exchanges.push(new URLSearchParams(String(init?.body)))
        return Response.json({ error: 'invalid_grant' }, { status: 400 })
      }
      return Response.json(pathname.endsWith('/jwks') ? { keys: [key.publicJwk] } : DISCOVERY)
    },
  }
  const session = createSession(options)
  const app = new Hono()
  session.mount(app)
  app.post('/interaction/:name', async (c) => {
    const { userId } = await session.parseUserId(c.req.raw.headers)
    return c.json({ userId })
  })
  app.onError((error) => {
    if ('getResponse' in error && typeof error.getResponse === 'function') return error.getResponse()
    throw error
  })
  return { options, key, session, app, exchanges, faults }
}

const DISCOVERY = {
  issuer: ISSUER,
  jwks_uri: `${ISSUER}/jwks`,
  authorization_endpoint: `${ISSUER}/auth`,
  token_endpoint: `${ISSUER}/token`,
  revocation_endpoint: `${ISSUER}/token/revocation`,
  end_session_endpoint: `${ISSUER}/session/end`,
  userinfo_endpoint: `${ISSUER}/me`,
  authorization_response_iss_parameter_supported: true,
}

/** The `name=value` of a `Set-Cookie` line. */
export function pairOf(line: string): string {
  return line.slice(0, line.indexOf(';'))
}
