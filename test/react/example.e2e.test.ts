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

  it('signs out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Create an account' }).waitFor()
  })
})
