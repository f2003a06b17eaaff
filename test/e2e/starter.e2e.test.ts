import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Application, startApplication } from '../../examples/demo/application.js'
import { buildIfNeeded } from '../../examples/demo/build-package.js'
import { story } from '../../examples/demo/story.js'
import { openBrowserWorld } from '../../examples/demo/world.js'
import { linkPackage } from '../../examples/link-package.js'
import { hasChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true }
const DARK: BrowserContextOptions = { colorScheme: 'dark' }

describe.skipIf(!hasChromium())('the starter in a browser', () => {
  let application: Application
  let world: Awaited<ReturnType<typeof openBrowserWorld>>

  beforeAll(async () => {
    await buildIfNeeded(() => {})
    await linkPackage()
    const ports = { logto: await freePort(), api: await freePort(), frontend: await freePort() }
    application = await startApplication(ports, () => {})
    world = await openBrowserWorld(application)
    // Where nothing is built yet, this builds.
  }, 180_000)
  afterAll(async () => {
    await world?.close()
    await application?.stop()
  })

  for (const { title, play } of story) it(title, () => play(world))

  it('says what is wrong, to everybody, on its pages for people who are signed in', async () => {
    const { page, sendFriendRequest } = await world.person('alice')
    expect(await sendFriendRequest('nobody-at-all')).toBe('There is nobody called “nobody-at-all” here.')
    expect(await sendFriendRequest('alice')).toBe('That is you.')
    for (const scheme of ['light', 'dark'] as const) {
      // Without motion: half-way from one scheme to the other, a button has colours of neither.
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      expect(await violations(page)).toEqual([])
    }
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await violations(page)).toEqual([])
    expect(await isTooWide(page)).toBe(false)
  })

  it('asks for a sign-in again in every tab when one signs out', async () => {
    const context = await world.browser.newContext()
    const [first, second] = [await context.newPage(), await context.newPage()]
    await signInAs(first, 'bob')
    await second.goto(application.frontendUrl)
    await second.getByRole('heading', { name: 'Hello, Bob' }).waitFor()

    const isBack = first.waitForRequest(
      (request) => request.isNavigationRequest() && request.url().startsWith(application.frontendUrl),
    )
    await first.getByRole('button', { name: 'Sign out' }).click()

    await second.getByRole('button', { name: 'Sign in' }).waitFor()
    // Closing a page on its way to Logto and back can hang.
    await isBack
    await first.waitForLoadState()
    await context.close()
  })

  it.each([
    ['a desk', {}],
    ['a phone', PHONE],
    ['a dark room', DARK],
  ])('greets people who are signed out on %s, and so do the pages of Logto', async (_place, options) => {
    const context = await world.browser.newContext(options)
    const page = await context.newPage()
    await page.goto(application.frontendUrl)
    await page.getByRole('heading', { name: 'Better with friends.' }).waitFor()
    expect(await violations(page)).toEqual([])
    expect(await isTooWide(page)).toBe(false)

    await page.getByRole('button', { name: 'Create an account' }).click()
    await page.getByRole('heading', { name: 'Create your account' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await violations(page)).toEqual([])
    expect(await isTooWide(page)).toBe(false)
    await context.close()
  })

  it('says that the API is away, and goes on by itself when it is back', async () => {
    const context = await world.browser.newContext()
    const page = await context.newPage()
    await context.route(`${application.interaqtEndpoint}/**`, (route) => route.abort())
    await signInAs(page, 'bob')
    await page.getByRole('alert').filter({ hasText: 'The server cannot be reached.' }).waitFor()

    await context.unroute(`${application.interaqtEndpoint}/**`)

    await page.getByRole('heading', { name: 'Hello, Bob' }).waitFor({ timeout: 15_000 })
    expect(await page.getByRole('alert').isVisible()).toBe(false)
    await context.close()
  })

  async function signInAs(page: Page, username: string): Promise<void> {
    await page.goto(application.frontendUrl)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Username or email').fill(username)
    await page.getByLabel('Password').fill('tea-and-cake')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL(`${application.frontendUrl}/**`)
  }
})

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds on the page, whatever its impact. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await axe)
  const results = await page.evaluate<AxeResults>('axe.run()')
  return results.violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html }) => html).join(' ')}`,
  )
}

function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
}
