import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { ALICE, BASE_URL, browserOf, createApplication, signedIn, startLogto } from './application.js'

let logto: EmbeddedLogto
beforeAll(async () => {
  logto = await startLogto()
})
afterAll(() => logto.close())

describe('signing in', () => {
  it('brings the person back, with a session in an HttpOnly cookie', async () => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    const { url, response } = await browser.open(`${BASE_URL}/auth/sign-in?returnTo=/page?x=1`, ALICE)
    expect(url).toBe(`${BASE_URL}/page?x=1`)
    expect(await response.text()).toBe('page')

    const me = await browser.request(`${BASE_URL}/auth/me`)
    expect(await me.json()).toMatchObject({ isAuthenticated: true, user: { username: 'alice' } })
    const answer = await browser.post(`${BASE_URL}/interaction/greet`)
    expect(answer.status).toBe(200)
    expect(application.faults).toEqual([])
  })
})
