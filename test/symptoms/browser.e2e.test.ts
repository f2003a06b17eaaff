import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { type Site, serveFrontend } from '../browser/site.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { installShiftedClock } from '../support/shifted-clock.js'
import { ALICE, type Scene, setScene } from './scene.js'
import { symptom } from './symptom.js'

// What only a browser does: CORS, and a clock of its own.
describe.skipIf(!hasChromium())('in a browser', () => {
  let scene: Scene
  let browser: Browser
  let frontend: Site
  let script = ''

  beforeAll(async () => {
    scene = await setScene()
    browser = await launchChromium()
    frontend = await serveFrontend(() => script)
  })
  beforeEach(() => scene.listen())
  afterEach(() => scene.clear())
  afterAll(async () => {
    await browser?.close()
    await frontend?.close()
    await scene?.close()
  })

  /** Opens a page, signs in, and runs the page's next steps. Returns what its console shows meanwhile. */
  async function signInAnd(next: (page: Page) => Promise<unknown>): Promise<string[]> {
    const logto = await scene.startLogto({
      port: await freePort(),
      applications: [
        { id: 'spa', name: 'Frontend', type: 'SPA', redirectUris: [`${frontend.url}/callback`] },
      ],
    })
    await scene.startApi(logto)
    script = `window.client = new lib.Client(${JSON.stringify([logto.url, 'spa', scene.interaqtEndpoint]).slice(1, -1)})`
    const page = await browser.context.newPage()
    const shown: string[] = []
    page.on('console', (message) => shown.push(message.text()))
    page.on('pageerror', (error) => shown.push(String(error)))
    await page.goto(frontend.url)
    await page.waitForFunction(() => 'client' in window)
    await page.evaluate(() => window.client.signIn(`${location.origin}/callback`)).catch(() => undefined)
    await logto.signInAs(page, ALICE)
    await page.waitForURL('**/callback?*')
    await page.waitForFunction(() => 'client' in window)
    await next(page)
    await page.close()
    return shown
  }

  /** What a page shows that leaves an error unhandled. */
  const report = (work: Promise<unknown>) =>
    work.catch((error) => console.error(`${error.name} ${error.code}: ${error.message}`))

  symptom('api-cors', () =>
    signInAnd(async (page) => {
      await page.evaluate(`window.report = ${report}`)
      await page.evaluate(() => window.client.handleCallback())
      await page.evaluate(() =>
        Reflect.get(window, 'report')(window.client.post('/interaction/greet', { payload: { text: 'Hi' } })),
      )
    }),
  )

  symptom('device-clock', () =>
    signInAnd(async (page) => {
      await page.evaluate(`window.report = ${report}`)
      await page.evaluate(installShiftedClock)
      await page.evaluate(() => Reflect.get(window, 'advanceClock')(600))
      await page.evaluate(() => Reflect.get(window, 'report')(window.client.handleCallback()))
    }),
  )
})
