import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { type Site, serveApi, serveFrontend, type TestApi } from './site.js'

const ALICE = { username: 'alice', password: 'correct-horse-9' }

describe.skipIf(!hasChromium())("the guide's frontend", () => {
  let browser: Browser
  let logto: EmbeddedLogto
  let api: TestApi
  let frontend: Site
  let script = ''

  beforeAll(async () => {
    browser = await launchChromium()
    api = await serveApi()
    frontend = await serveFrontend(() => script)
    logto = await startEmbeddedLogto({
      port: await freePort(),
      log: () => undefined,
      users: [ALICE],
      applications: [
        { id: 'spa', name: 'Frontend', type: 'SPA', redirectUris: [`${frontend.url}/app.html`] },
      ],
      resources: [{ indicator: `${api.url}/interaction`, scopes: [] }],
    })
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all([logto, api, frontend].map((site) => site?.close()))
  })

  it('signs in and posts with the code of the guide as it stands', async () => {
    // Steps 6 and 7, which never complete the callback themselves.
    script = `
      const { Client } = lib
      const client = new Client('${logto.url}', 'spa', '${api.url}')
      window.client = client
      if (await client.client.isAuthenticated()) {
        window.result = await client.post('/interaction/sendFriendRequest', {})
      } else {
        client.client.signIn('${frontend.url}/app.html')
      }`
    const page = await browser.context.newPage()
    await page.goto(`${frontend.url}/`)
    await logto.signInAs(page, ALICE)
    await page.waitForFunction(() => 'result' in window)

    expect(await page.evaluate(() => Reflect.get(window, 'result'))).toEqual({
      data: '/interaction/sendFriendRequest',
    })
    expect(page.url()).toBe(`${frontend.url}/app.html`)
    expect(api.calls[0]?.headers.authorization).toMatch(/^Bearer ey/)
    await page.close()
  })
})
