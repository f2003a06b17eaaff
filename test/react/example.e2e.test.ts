import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Application, startApplication } from '../../examples/demo/application.js'
import { linkPackage } from '../../examples/link-package.js'
import { signInAs } from '../../src/embedded/index.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/react', import.meta.url))
const ALICE = { username: 'alice', password: 'tea-and-cake' }

describe.skipIf(!hasChromium())('examples/react', () => {
  let browser: Browser
  let application: Application
  let page: Page

  beforeAll(async () => {
    await linkPackage()
    const [logto, api, frontend] = await Promise.all([freePort(), freePort(), freePort()])
    application = await startApplication({ logto, api, frontend }, () => undefined, {
      cwd: EXAMPLE,
      command: [process.execPath, '--liftoff-only', '--import', 'tsx', 'dev.ts'],
    })
    browser = await launchChromium()
    page = await browser.context.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await application?.stop()
  })

  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  const seriousProblems = async () => {
    await page.evaluate(await readFile(axe, 'utf8'))
    const { violations } = await page.evaluate(() => Reflect.get(window, 'axe').run())
    return violations
      .filter(({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }: { id: string; nodes: { html: string }[] }) => [id, nodes.map(({ html }) => html)])
  }

  it('goes from localhost to the one address that Logto and the API know it by', async () => {
    await page.goto(application.frontendUrl.replace('127.0.0.1', 'localhost'))
    await page.waitForURL(`${application.frontendUrl}/`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Accounts for development').waitFor()
    expect(await page.getByRole('row').allInnerTexts()).toEqual([
      expect.stringContaining('Account'),
      expect.stringMatching(/^alice\s+tea-and-cake$/),
      expect.stringMatching(/^bob\s+tea-and-cake$/),
    ])
  })

  it('sends who opens the notes signed out to Logto, and back to them', async () => {
    await page.goto(application.frontendUrl)
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await seriousProblems()).toEqual([])

    await page.goto(`${application.frontendUrl}/notes`)
    await signInAs(page, ALICE)
    await page.waitForURL('**/notes')
    await page.getByRole('heading', { name: 'Hello, Alice' }).waitFor()
    expect(await seriousProblems()).toEqual([])
  })

  it('calls an interaction, and shows what came of it', async () => {
    await page.getByLabel('For everybody').fill('Cake at five.')
    await page.getByRole('button', { name: 'Write' }).click()
    await page.getByText('Everybody can read it now.').waitFor()
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Cake at five.' })
      .filter({ hasText: 'Alice' })
      .waitFor()
    // The keyboard stays where it was, to write the next one.
    expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY')
    expect(await seriousProblems()).toEqual([])
  })

  it('says why an interaction is refused', async () => {
    await page.route(`${application.interaqtEndpoint}/interaction/**`, (route) =>
      route.fulfill({ status: 403, json: { error: { code: 'no', message: 'Not today.' } } }),
    )
    await page.getByLabel('For everybody').fill('Cake at six.')
    await page.getByRole('button', { name: 'Write' }).click()
    await page.getByRole('alert').filter({ hasText: 'Not today.' }).waitFor()
    await page.unroute(`${application.interaqtEndpoint}/interaction/**`)
    expect(await page.getByLabel('For everybody').inputValue()).toBe('Cake at six.')
  })

  it('says that the API is away, and goes on without a reload when it is back', async () => {
    const api = `${application.interaqtEndpoint}/**`
    await page.route(api, (route) => route.abort())
    await page.goto(`${application.frontendUrl}/notes`)
    await page.getByRole('alert').filter({ hasText: 'The server gives no answer' }).waitFor()
    expect(await seriousProblems()).toEqual([])

    await page.unroute(api)
    // Nobody presses the button for it.
    await page.getByRole('heading', { name: 'Hello, Alice' }).waitFor()
  })

  it('is not wider than a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    expect(await seriousProblems()).toEqual([])
  })

  it('signs out in every tab, and nobody is signed in again by the page that needs it', async () => {
    const other = await browser.context.newPage()
    await other.goto(`${application.frontendUrl}/notes`)
    await other.getByRole('heading', { name: 'Hello, Alice' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Create an account' }).waitFor()
    await other.getByText('You are signed out.').waitFor()
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.waitForSelector('input[name=identifier]')
  })
})
