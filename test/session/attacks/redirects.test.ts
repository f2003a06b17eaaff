import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RedirectingLogto, startRedirectingLogto } from '../../support/redirecting-logto.js'
import { ALICE, BASE_URL, browserOf, createApplication, signedIn } from '../support/application.js'
import { call, codeOf, later } from '../support/attack.js'
import { logto } from '../support/logto.js'

let front: RedirectingLogto

beforeEach(async () => {
  front = await startRedirectingLogto(logto.url)
})
afterEach(() => front.close())

const SILENT = { info: () => {}, warn: () => {}, error: () => {} }
const application = () => createApplication(front.url, { logger: SILENT })

describe.each([302, 303, 307, 308])(
  'a redirect with status %i to a server that would answer as Logto',
  (status) => {
    beforeEach(() => {
      front.status = status
    })

    it.each([
      ['for the discovery document', /openid-configuration/],
      ['for the keys', /\/oidc\/jwks/],
      ['for the tokens of a code', /\/oidc\/token$/],
    ])('is not followed by a request %s', async (_, path) => {
      front.redirected = path
      const { url } = await browserOf(application()).open(`${BASE_URL}/auth/sign-in`, ALICE)
      expect(url).toBe(`${BASE_URL}/?auth_error=logto_unavailable`)
      expect(front.followed).toEqual([])
    })

    it('is not followed by a refresh, nor by the revocation at the sign-out', async () => {
      const browser = await signedIn(application())
      front.redirected = /\/oidc\/token/
      later(3_600)
      expect(await codeOf(await call(browser))).toBe('503 logto_unavailable')
      await browser.post(`${BASE_URL}/auth/sign-out`)
      expect(front.followed).toEqual([])
    })
  },
)
