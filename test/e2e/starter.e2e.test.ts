import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Application, startApplication } from '../../examples/demo/application.js'
import { httpPerson } from '../../examples/demo/http-person.js'
import { story } from '../../examples/demo/story.js'
import { openBrowserWorld } from '../../examples/demo/world.js'
import { linkPackage } from '../../examples/link-package.js'
import { hasChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { STARTER_TURN_MS, starterTurn } from '../support/starter-turn.js'
import { placesWithTokens, readAlong, readableBy } from '../support/token-search.js'
import { isTooWide, violations } from './accessibility.js'

const DESK: [string, BrowserContextOptions] = ['a desk', {}]
const PHONE: [string, BrowserContextOptions] = [
  'a phone',
  { viewport: { width: 390, height: 844 }, hasTouch: true },
]
const DARK_ROOM: [string, BrowserContextOptions] = ['a dark room', { colorScheme: 'dark' }]

// The same story and the same pages in either mode. Only where tokens are differs; and what people see who are signed
// out is the same, down to its style, so that one mode has to look at it everywhere.
describe.skipIf(!hasChromium()).each(['token', 'session'])('the starter with LOGIN_MODE=%s', (mode) => {
  let endTurn: () => Promise<void>
  let application: Application
  let world: Awaited<ReturnType<typeof openBrowserWorld>>
  const traffic: ReturnType<typeof readAlong>[] = []
  const printed: string[] = []

  beforeAll(async () => {
    await linkPackage()
    endTurn = await starterTurn()
    const ports = { logto: await freePort(), api: await freePort(), frontend: await freePort() }
    application = await startApplication(ports, (text) => void printed.push(text), {
      env: { LOGIN_MODE: mode },
    })
    world = await openBrowserWorld(application)
    for (const username of ['alice', 'bob', 'carol', 'dave']) {
      const { page } = await world.person(username)
      traffic.push(readAlong(page.context()))
    }
  }, STARTER_TURN_MS)
  afterAll(async () => {
    await world?.close()
    await application?.stop()
    await endTurn?.()
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
    const context = await newContext()
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

  it.each(mode === 'token' ? [DESK, PHONE, DARK_ROOM] : [DESK])(
    'greets people who are signed out on %s, and so do the pages of Logto',
    async (_place, options) => {
      const context = await newContext(options)
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
    },
  )

  it('says that the API is away, and goes on by itself when it is back', async () => {
    const context = await newContext()
    const page = await context.newPage()
    // With a session the frontend's origin serves the API too.
    const apiCalls = ({ origin, pathname }: URL) =>
      origin === application.interaqtEndpoint || /^\/(api|interaction)\//.test(pathname)
    await context.route(apiCalls, (route) => route.abort())
    await signInAs(page, 'bob')
    await page.getByRole('alert').filter({ hasText: 'The server cannot be reached.' }).waitFor()
    await page.getByText('This page tries again by itself').waitFor()
    expect(await page.getByText('One moment…').isVisible()).toBe(false)
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Try again now' }).focus()

    await context.unroute(apiCalls)

    await page.getByRole('heading', { name: 'Hello, Bob' }).waitFor({ timeout: 15_000 })
    expect(await page.getByRole('alert').isVisible()).toBe(false)
    // The button that had the focus has gone.
    expect(await focused(page)).toBe('Hello, Bob')
    await context.close()
  })

  it('is found under localhost too, shows its accounts where they are asked for, and prints what Logto refuses', async () => {
    const context = await newContext()
    const page = await context.newPage()
    const { port } = new URL(application.frontendUrl)
    const answered = page.waitForResponse((response) => response.url() === `http://localhost:${port}/`)
    await page.goto(`http://localhost:${port}`)
    expect((await answered).status()).toBe(200)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Accounts for development').waitFor()
    const rows = await page.locator('table tbody tr').allInnerTexts()
    expect(rows.map((row) => row.split(/\s+/))).toEqual([
      ['alice', 'tea-and-cake'],
      ['bob', 'tea-and-cake'],
    ])
    expect(printed.join('')).not.toContain('Refused')

    const asked = new URL(page.url())
    expect(asked.origin).toBe(application.logtoEndpoint)
    const parameters = {
      client_id: 'friends-frontend',
      redirect_uri: 'http://localhost:9999/elsewhere',
      response_type: 'code',
    }
    await page.goto(`${application.logtoEndpoint}/oidc/auth?${new URLSearchParams(parameters)}`)
    await page.getByRole('heading', { name: 'This redirect URI is not registered' }).waitFor()
    await page.getByText(`http://localhost:${port}/`, { exact: true }).waitFor()
    expect(printed.join('')).toMatch(
      /^Logto: Refused: redirect_uri 'http:\/\/localhost:9999\/elsewhere' of application 'friends-frontend' .* To change: .*$/m,
    )
    await context.close()
  })

  it('knows the demo users by the same ids at every start, as a database that stays does', async () => {
    const { page } = await world.person('alice')
    expect(await page.locator('#me-details').innerText()).toContain('Logto user alice0000000')
  })

  it('lets those announce something who may, and tells others why they may not', async () => {
    const { page: alice } = await world.person('alice')
    expect(await alice.locator('#announce-form').isVisible()).toBe(true)
    expect(await alice.locator('#announce-why').isVisible()).toBe(false)
    const { page: dave } = await world.person('dave')
    expect(await dave.locator('#announce-form').isVisible()).toBe(false)
    expect(await dave.locator('#announce-why').innerText()).toMatch(/takes the scope publish:announcements/)
  })

  if (mode === 'session') {
    it('gives no token to the browser: none in requests or answers, nor where scripts can read', async () => {
      const places = (await Promise.all(traffic.map((one) => one.places()))).flat()
      const calls = places.filter(({ name }) => /^body of .*\/api\/whoAmI$/.test(name))
      expect(calls.filter(({ text }) => text.includes('"logtoId"')).length).toBeGreaterThan(5)
      for (const username of ['alice', 'carol', 'dave']) {
        const { page } = await world.person(username)
        places.push(...(await readableBy(page)))
        const cookies = await page.context().cookies(`${application.frontendUrl}/`)
        const own = cookies.filter(({ name }) => name.startsWith('interaqt-session'))
        expect(own).toMatchObject([{ name: 'interaqt-session', httpOnly: true, sameSite: 'Lax' }])
      }
      expect(placesWithTokens(places)).toEqual([])
    })

    it('has no SDK in its bundle', async () => {
      const { page } = await world.person('alice')
      const urls = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
      expect(urls.filter((url) => url.includes('browser-session'))).toHaveLength(1)
      expect(urls.filter((url) => /@logto|jose/.test(url))).toEqual([])
    })
  } else {
    it('keeps the keyboard at the requests when one of them is answered', async () => {
      const bob = httpPerson(application, 'bob')
      await bob.signIn('tea-and-cake')
      await bob.sendFriendRequest('dave')
      const { page, open } = await world.person('dave')
      await open()
      await page.getByRole('button', { name: 'Accept bob’s request' }).press('Enter')
      await page.locator('#friends').getByText('@bob').waitFor()
      expect(await focused(page)).toBe('Accept alice’s request')
      expect(await page.getByRole('status').filter({ hasText: 'You have a new friend.' }).count()).toBe(1)

      await page.getByRole('button', { name: 'Decline alice’s request' }).press('Enter')
      await page.getByText('No requests at the moment.').waitFor()
      expect(await focused(page)).toBe('Requests')
    })

    it('has room for names of 300 characters on 320, 390 and 1280 pixels', async () => {
      const widths = [320, 390, 1280]
      const context = await newContext()
      const page = await context.newPage()
      await signInAs(page, 'alice')
      await page.getByRole('heading', { name: 'Hello, Alice' }).waitFor()
      const name = 'n'.repeat(300)
      await page.getByLabel('Username').fill(name)
      await page.getByRole('button', { name: 'Send request' }).click()
      await page.getByText('There is nobody called').waitFor()
      for (const width of widths) {
        await page.setViewportSize({ width, height: 844 })
        expect(await isTooWide(page), `${width} pixels`).toBe(false)
      }

      const person = { id: '1', logtoId: 'l', username: name, name, friendCount: 1, scopes: [] }
      const answers: Record<string, unknown> = {
        whoAmI: person,
        listFriends: [person],
        listFriendRequests: { received: [{ id: '1', from: person }], sent: [{ id: '2', to: person }] },
        listAnnouncements: [{ id: '1', text: name, author: name, publishedAt: 0 }],
      }
      await context.route(`${application.interaqtEndpoint}/api/*`, (route) =>
        route.fulfill({ json: answers[new URL(route.request().url()).pathname.slice('/api/'.length)] }),
      )
      await page.reload()
      await page.getByRole('heading', { name: 'Hello, nnn' }).waitFor()
      for (const width of widths) {
        await page.setViewportSize({ width, height: 844 })
        expect(await isTooWide(page), `${width} pixels`).toBe(false)
        const room = await page.locator('.name').evaluateAll((all) => all.map((one) => one.clientWidth))
        expect(Math.min(...room), `${width} pixels`).toBeGreaterThan(60)
      }
      // What is cut is whole in a title.
      const titles = await page
        .locator('.cut, #me-title')
        .evaluateAll((all) => all.map((one) => one.getAttribute('title')))
      expect(titles.length).toBeGreaterThan(5)
      expect(titles.filter((title) => title !== name)).toEqual([])
      await context.close()
    })

    it('does not break the demo password over two lines on a narrow phone', async () => {
      const context = await newContext({ viewport: { width: 320, height: 700 } })
      const page = await context.newPage()
      await page.goto(application.frontendUrl)
      const password = page.locator('#welcome-hint').getByText('tea-and-cake', { exact: true })
      await password.waitFor()
      expect(await password.evaluate((element) => element.getClientRects().length)).toBe(1)
      expect(await isTooWide(page)).toBe(false)
      await context.close()
    })

    it('has lines around buttons, and around what else only a background set apart, in forced colours', async () => {
      const context = await newContext({ forcedColors: 'active' })
      const page = await context.newPage()
      await page.goto(application.frontendUrl)
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
      expect(await withoutBorder(page)).toEqual([])
      // Buttons of colours alone would be bare words here, and the search would find them.
      const noLine = await page.addStyleTag({ content: 'button { border: 0 !important }' })
      expect(await withoutBorder(page)).toHaveLength(2)
      await noLine.evaluate((style) => style.parentNode?.removeChild(style))
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByLabel('Password').waitFor()
      expect(await withoutBorder(page)).toEqual([])
      await signInAs(page, 'alice')
      await page.getByRole('heading', { name: 'Hello, Alice' }).waitFor()
      expect(await withoutBorder(page)).toEqual([])
      await context.close()
    })

    // What the search is worth that finds nothing in the other mode.
    it('gives tokens to the browser, in the places where they belong', async () => {
      const { page } = await world.person('alice')
      const places = (await Promise.all(traffic.map((one) => one.places()))).flat()
      const found = new Set(placesWithTokens([...places, ...(await readableBy(page))]))
      const { logtoEndpoint, interaqtEndpoint } = application
      expect(found).toContain('localStorage')
      expect(found).toContain(`body of ${logtoEndpoint}/oidc/token`)
      expect(found).toContain(`request ${interaqtEndpoint}/api/whoAmI`)
      for (const place of ['document.cookie', 'location', `body of ${interaqtEndpoint}/api/whoAmI`]) {
        expect(found).not.toContain(place)
      }
    })
  }

  async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await world.browser.newContext(options)
    traffic.push(readAlong(context))
    return context
  }

  async function signInAs(page: Page, username: string): Promise<void> {
    await page.goto(application.frontendUrl)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Username or email').fill(username)
    await page.getByLabel('Password').fill('tea-and-cake')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL(`${application.frontendUrl}/**`)
  }
})

/** The name of what has the keyboard's focus. */
function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent)
}

/**
 * What is visible without a border of the page's own, or with one in the colour of what is in it. The browser's own for
 * buttons is `outset`.
 */
function withoutBorder(page: Page): Promise<string[]> {
  return page.locator(':is(button, .avatar, .count):visible').evaluateAll((all) =>
    all
      .filter((one) => {
        const { borderTopColor, borderTopStyle, backgroundColor } = getComputedStyle(one)
        return borderTopStyle !== 'solid' || borderTopColor === backgroundColor
      })
      .map((one) => one.outerHTML),
  )
}
