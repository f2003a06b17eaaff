import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { pkceOf } from '../contract/person.js'
import { isTooWide, violations } from '../e2e/accessibility.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { ALICE, RESOURCE, request, startLogto } from './logto.js'

const LONG = `http://127.0.0.1:5174/${'a-long-way/'.repeat(20)}`

describe.skipIf(!hasChromium())('the pages of the embedded Logto', () => {
  let browser: Browser
  let logto: EmbeddedLogto

  beforeAll(async () => {
    logto = await startLogto({
      log: () => {},
      showAccounts: true,
      users: [ALICE, { username: 'x'.repeat(128), password: 'y'.repeat(128) }],
    })
    browser = await launchChromium({ viewport: { width: 320, height: 640 } })
  })
  afterAll(async () => {
    await browser?.close()
    await logto?.close()
  })

  const urlOf = (parameters: Record<string, string>) => {
    const all = { ...request(pkceOf('v'.repeat(43))), ...parameters }
    const query = new URLSearchParams(Object.entries(all).map(([name, value]) => [name, String(value)]))
    return `${logto.url}/oidc/auth?${query}`
  }

  const PAGES: [string, Record<string, string>, string][] = [
    ['the sign-in page with accounts', {}, 'Sign in'],
    ['a refused redirect URI', { redirect_uri: LONG }, 'This redirect URI is not registered'],
    ['a refused resource', { resource: `${RESOURCE}/` }, 'This API resource is not registered'],
    ['an unknown application', { client_id: 'my-spa' }, 'There is no such application'],
  ]

  it.each(
    PAGES.flatMap(([name, parameters, heading]) =>
      (['light', 'dark'] as const).map((colorScheme) => ({ name, parameters, heading, colorScheme })),
    ),
  )('$name, $colorScheme, fits a phone and is accessible', async ({ parameters, heading, colorScheme }) => {
    const page = await browser.context.newPage()
    const missing = notFoundOn(page)
    await page.emulateMedia({ colorScheme })
    await page.goto(urlOf(parameters))
    expect(await page.textContent('h1')).toBe(heading)
    expect(await isTooWide(page)).toBe(false)
    expect(await violations(page)).toEqual([])
    expect(missing).toEqual([])
    await page.close()
  })

  it('have an icon also where a browser looks for one itself', async () => {
    const icon = await fetch(`${logto.url}/favicon.ico`)
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
    expect(await icon.text()).toContain('<svg')
  })
})

/** The URLs that a page asks for in vain. */
function notFoundOn(page: Page): string[] {
  const urls: string[] = []
  page.on('response', (response) => {
    if (response.status() === 404) urls.push(response.url())
  })
  return urls
}
