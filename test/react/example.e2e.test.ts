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
      command: [process.execPath, '--import', 'tsx', '../starter/dev.ts'],
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

  it('sends who opens the friends signed out to Logto, and back to them', async () => {
    await page.goto(application.frontendUrl)
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await seriousProblems()).toEqual([])

    await page.goto(`${application.frontendUrl}/friends`)
    await signInAs(page, ALICE)
    await page.waitForURL('**/friends')
    await page.getByRole('heading', { name: 'Hello, Alice' }).waitFor()
    expect(await seriousProblems()).toEqual([])
  })

  it('calls an interaction, and says why one is refused', async () => {
    await page.getByLabel('Username').fill('nobody-of-that-name')
    await page.getByRole('button', { name: 'Send request' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toMatch(/nobody/i)
    expect(await seriousProblems()).toEqual([])
  })

  it('says that the API is away, and goes on without a reload when it is back', async () => {
    const api = `${application.interaqtEndpoint}/**`
    await page.route(api, (route) => route.abort())
    await page.goto(`${application.frontendUrl}/friends`)
    await page.getByRole('alert').filter({ hasText: 'The server gives no answer' }).waitFor()
    expect(await seriousProblems()).toEqual([])

    await page.unroute(api)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Hello, Alice' }).waitFor()
  })

  it('is not wider than a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    expect(await seriousProblems()).toEqual([])
  })

  it('signs out in every tab, and nobody is signed in again by the page that needs it', async () => {
    const other = await browser.context.newPage()
    await other.goto(`${application.frontendUrl}/friends`)
    await other.getByRole('heading', { name: 'Hello, Alice' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Create an account' }).waitFor()
    await other.getByText('You are signed out.').waitFor()
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.waitForSelector('input[name=identifier]')
  })
})
