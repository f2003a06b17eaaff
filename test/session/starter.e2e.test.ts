import type { BrowserContext, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Application, startApplication } from '../../examples/demo/application.js'
import { buildIfNeeded } from '../../examples/demo/build-package.js'
import { story } from '../../examples/demo/story.js'
import { openBrowserWorld } from '../../examples/demo/world.js'
import { linkPackage } from '../../examples/link-package.js'
import { hasChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'

/** How every JWT of Logto begins, and what a token endpoint's answer is made of. */
const TOKENS = /eyJhbGciOiJFUzM4NCI|"(access|refresh|id)_token"/

describe.skipIf(!hasChromium())('the starter with LOGIN_MODE=session', () => {
  let application: Application
  let world: Awaited<ReturnType<typeof openBrowserWorld>>
  const modeBefore = process.env.LOGIN_MODE
  const answers: Promise<string>[] = []

  beforeAll(async () => {
    await buildIfNeeded(() => {})
    await linkPackage()
    const ports = { logto: await freePort(), api: await freePort(), frontend: await freePort() }
    process.env.LOGIN_MODE = 'session'
    application = await startApplication(ports, () => {})
    world = await openBrowserWorld(application)
  })
  afterAll(async () => {
    if (modeBefore === undefined) delete process.env.LOGIN_MODE
    else process.env.LOGIN_MODE = modeBefore
    await world?.close()
    await application?.stop()
  })

  it('begins with every answer being read along', async () => {
    for (const username of ['alice', 'bob', 'carol', 'dave']) {
      const { page } = await world.person(username)
      page.on('response', (response) => answers.push(textOf(response)))
    }
  })

  for (const { title, play } of story) it(title, () => play(world))

  it('has put no token into an answer, a storage or a cookie that scripts can read', async () => {
    const texts = await Promise.all(answers)
    expect(texts.filter((text) => text.includes('/api/whoAmI')).length).toBeGreaterThan(5)
    expect(texts.filter((text) => TOKENS.test(text))).toEqual([])
    for (const username of ['alice', 'bob', 'carol']) {
      const { page } = await world.person(username)
      const { cookie, ...storages } = await page.evaluate(async () => ({
        cookie: document.cookie,
        local: { ...localStorage },
        session: { ...sessionStorage },
        databases: await indexedDB.databases(),
      }))
      expect(cookie).toBe('')
      expect({ ...storages, local: {} }).toEqual({ local: {}, session: {}, databases: [] })
      for (const [name, value] of Object.entries(storages.local)) {
        expect([name, value]).toEqual(['interaqt-logto:signed-in', '1'])
      }
      await expectSessionCookie(page.context())
    }
  })

  it('has no SDK in its bundle', async () => {
    const { page } = await world.person('alice')
    const urls = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    expect(urls.filter((url) => url.includes('browser-session'))).toHaveLength(1)
    expect(urls.filter((url) => /@logto|jose/.test(url))).toEqual([])
  })

  async function textOf(response: Response): Promise<string> {
    if (!response.url().startsWith(application.frontendUrl)) return ''
    const [headers, body] = await Promise.all([response.allHeaders(), response.text().catch(() => '')])
    return [response.url(), JSON.stringify(headers), body].join('\n')
  }

  async function expectSessionCookie(context: BrowserContext): Promise<void> {
    const cookies = await context.cookies(application.frontendUrl)
    const own = cookies.filter(({ name }) => name.startsWith('interaqt-session'))
    for (const cookie of own) {
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
      expect(cookie.value).not.toMatch(TOKENS)
    }
  }
})
