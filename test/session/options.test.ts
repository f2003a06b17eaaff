import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { BASE_URL, BOB, createApplication, signedIn, startLogto } from './support/application.js'
import { call, counting, later } from './support/attack.js'
import { logto } from './support/logto.js'

describe('what a session offers beside its routes in an app', () => {
  it('says who is signed in, for pages that the server renders', async () => {
    const application = createApplication(logto.url)
    const browser = await signedIn(application)
    const headers = new Headers({ cookie: browser.cookieHeader(BASE_URL) })
    expect(await application.session.whoIsSignedIn(headers)).toEqual({
      isAuthenticated: true,
      user: { id: expect.any(String), username: 'alice' },
      expiresAt: expect.any(Number),
    })
    expect(await application.session.whoIsSignedIn(new Headers())).toEqual({ isAuthenticated: false })
  })

  it('has its routes alone, for an app that puts them below its path itself', async () => {
    const { session } = createApplication(logto.url, { path: '/login' })
    const app = new Hono().route(session.path, session.routes)
    const me = await app.request('/login/me')
    expect(await me.json()).toEqual({ isAuthenticated: false })
  })
})

describe('the setting', () => {
  it.each([
    ['expiryLeewaySeconds by default', {}, 3_600 - 31, 0],
    ['expiryLeewaySeconds by default', {}, 3_600 - 29, 1],
    ['expiryLeewaySeconds', { expiryLeewaySeconds: 600 }, 3_600 - 590, 1],
  ])(
    '%s %j: after %i seconds an access token of an hour is renewed %i times',
    async (_, options, age, times) => {
      const refreshes: string[] = []
      const application = createApplication(logto.url, { ...options, fetch: counting(refreshes) })
      // A clock that stands: what the sign-in itself takes would count too.
      later(0)
      const browser = await signedIn(application)
      refreshes.length = 0
      later(age)
      expect((await call(browser)).status).toBe(200)
      expect(refreshes).toHaveLength(times)
    },
  )

  it('requiredOrganization lets its members in, and asks Logto for tokens of it', async () => {
    const withTeam = await startLogto({
      organizations: [{ id: 'team', name: 'Team', members: { alice: [] } }],
    })
    try {
      const application = createApplication(withTeam.url, { requiredOrganization: 'team' })
      const browser = await signedIn(application)
      expect((await call(browser)).status).toBe(200)
      const identity = await application.session.parseUserId({
        cookie: browser.cookieHeader(BASE_URL),
        origin: BASE_URL,
      })
      expect(identity.organizationId).toBe('team')
      await expect(signedIn(application, BOB)).rejects.toThrow('auth_error=')
    } finally {
      await withTeam.close()
    }
  })
})
