import { type ServerType, serve } from '@hono/node-server'
import { createStorage } from 'unstorage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { freePort } from '../support/free-port.js'
import {
  ALICE,
  BOB,
  createApplication,
  registrationAt,
  startLogto,
  type TestApplication,
} from './support/application.js'
import { codeOf } from './support/attack.js'
import { TestBrowser } from './support/browser.js'

let logto: EmbeddedLogto
let baseUrl: string
let current: TestApplication
let server: ServerType
beforeAll(async () => {
  const port = await freePort()
  baseUrl = `http://127.0.0.1:${port}`
  const fetch = (request: Request) => current.fetch(request)
  server = serve({ fetch, port, hostname: '127.0.0.1', overrideGlobalObjects: false })
  logto = await startLogto({
    ...registrationAt([baseUrl], { backchannelLogoutUri: `${baseUrl}/auth/back-channel-logout` }),
    backchannelLogout: { allowPrivateAddresses: true },
  })
})
afterAll(async () => {
  server.close()
  await logto.close()
})

/** Serves an application where Logto can reach it, in place of the one before. */
function listening(options: Parameters<typeof createApplication>[1]): TestApplication {
  current = createApplication(logto.url, { baseUrl, resource: `${baseUrl}/interaction`, ...options })
  return current
}

async function signedIn(person: typeof ALICE): Promise<TestBrowser> {
  const browser = new TestBrowser()
  const { url } = await browser.open(`${baseUrl}/auth/sign-in`, person)
  expect(url).toBe(`${baseUrl}/`)
  return browser
}

const call = async (browser: TestBrowser) => codeOf(await browser.post(`${baseUrl}/interaction/greet`))

/** Ends the person's session at Logto, as another application of the tenant does. */
async function signOutAtLogto(browser: TestBrowser): Promise<string> {
  const query = new URLSearchParams({
    client_id: 'traditional-app',
    post_logout_redirect_uri: `${baseUrl}/`,
  })
  return confirmSignOut(browser, `${logto.url}/oidc/session/end?${query}`)
}

/** What the page of Logto does by itself; gives where it leads. */
async function confirmSignOut(browser: TestBrowser, signOutUrl: string): Promise<string> {
  const { response, url } = await browser.open(signOutUrl)
  const page = await response.text()
  const action = /action="([^"]+)"/.exec(page)?.[1] ?? ''
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const body = new URLSearchParams({ xsrf, logout: 'yes' })
  const confirmed = await browser.request(new URL(action, url).href, { method: 'POST', body })
  return confirmed.headers.get('location') ?? ''
}

describe.each([
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: createStorage() })],
])('sign-out at Logto, sessions %s', (_, options) => {
  it('ends the session here by a real logout token, and nobody else’s', async () => {
    const application = listening(options())
    const [laptop, phone, bob] = [await signedIn(ALICE), await signedIn(ALICE), await signedIn(BOB)]
    expect(await signOutAtLogto(laptop)).toBe(`${baseUrl}/`)
    expect(await call(laptop)).toBe('401 session_ended')
    // The token names the session at Logto; the phone has another one.
    expect(await call(phone)).toBe('200')
    expect(await call(bob)).toBe('200')
    expect(application.faults).toEqual([])
  })

  it('a sign-out here ends Logto’s session too: the next sign-in asks for the password', async () => {
    listening(options())
    const browser = await signedIn(ALICE)
    const silent = await browser.open(`${baseUrl}/auth/sign-in`)
    expect(silent.url).toBe(`${baseUrl}/`)
    const answer = await (await browser.post(`${baseUrl}/auth/sign-out`)).json()
    expect(await confirmSignOut(browser, answer.url)).toBe(`${baseUrl}/`)
    const asked = await browser.open(`${baseUrl}/auth/sign-in`)
    expect(new URL(asked.url).pathname).toBe('/sign-in')
    expect(new URL(asked.url).origin).toBe(logto.url)
  })
})
