import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { createApp, createDataAPI } from '../../src/http/index.js'
import { signAccessToken } from '../../src/testing/oidc/access-token.js'
import { BASE_URL, createApplication, signedIn, startLogto } from './support/application.js'

let logto: EmbeddedLogto
beforeAll(async () => {
  logto = await startLogto()
})
afterAll(() => logto.close())

/** A Logto whose access tokens are marked, as custom claims or an exchange with `actor_token` make them. */
const marking =
  (act: unknown): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    if (!String(input instanceof Request ? input.url : input).endsWith('/oidc/token')) return response
    const body = await response.json()
    // The sign-in itself brings an opaque token.
    if (!body.access_token?.includes('.')) return Response.json(body, { status: response.status })
    const claims = { ...decodeJwt(body.access_token), act }
    return Response.json({ ...body, access_token: await signAccessToken(logto.state, claims) })
  }

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => ({ id: 1, actor: 'a column' }) } },
}

it.each([[{ sub: 'support00000' }], [null], [undefined]])('a session shows who acts: %j', async (act) => {
  const { session } = createApplication(logto.url, { fetch: marking(act) })
  const apis = { who: createDataAPI(({ actor }) => ({ actor })) }
  const app = createApp(controller, { parseUserId: session.parseUserId, session, apis })
  const browser = await signedIn({ fetch: (request) => app.fetch(request) })
  const response = await browser.post(`${BASE_URL}/api/who`, [])
  expect(await response.json()).toEqual(act === undefined ? {} : { actor: act })
})

it('a session has no metadata of a protected resource, and names none', async () => {
  const { session } = createApplication(logto.url)
  const app = createApp(controller, { parseUserId: session.parseUserId, session })
  const response = await app.request(`${BASE_URL}/.well-known/oauth-protected-resource/interaction`)
  expect(response.status).toBe(404)
  const refused = await app.request(`${BASE_URL}/interaction/x`, {
    method: 'POST',
    headers: { origin: BASE_URL },
  })
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).not.toContain('resource_metadata')
})
