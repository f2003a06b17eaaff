import { type ServerType, serve } from '@hono/node-server'
import { build } from 'esbuild'
import { Hono } from 'hono'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EmbeddedLogto } from '../../../src/embedded/index.js'
import type { Client } from '../../../src/session/browser/index.js'
import { type Browser, hasChromium, launchChromium } from '../../support/chromium.js'
import { freePort } from '../../support/free-port.js'
import { placesWithTokens, readAlong, readableBy, tokensIn } from '../../support/token-search.js'
import {
  ALICE,
  createApplication,
  registrationAt,
  startLogto,
  type TestApplication,
} from '../support/application.js'
import { later } from '../support/attack.js'

declare global {
  interface Window {
    sessionClient: Client
    sessionChanges: boolean[]
  }
}

const PAGE = `<!doctype html><title>App</title><script type="module">
  import { Client } from '/client.js'
  window.sessionClient = new Client()
  window.sessionChanges = []
  window.sessionClient.onAuthChange((isAuthenticated) => window.sessionChanges.push(isAuthenticated))
</script>`

describe.skipIf(!hasChromium())('the session Client in a browser', () => {
  let browser: Browser
  let logto: EmbeddedLogto
  let application: TestApplication
  let baseUrl: string
  let servers: ServerType[]
  let evilUrl: string
  let refreshes: number
  const tokens = new Set<string>()

  beforeAll(async () => {
    const [port, evilPort] = [await freePort(), await freePort()]
    baseUrl = `http://127.0.0.1:${port}`
    logto = await startLogto(registrationAt([baseUrl]))
    application = createApplication(logto.url, {
      baseUrl,
      resource: `${baseUrl}/interaction`,
      fetch: collecting,
    })
    const client = await bundled('src/session/browser/index.ts')
    const pages = new Hono()
    for (const path of ['/', '/page']) pages.get(path, (c) => c.html(PAGE))
    pages.get('/client.js', (c) => c.body(client, 200, { 'content-type': 'text/javascript' }))
    pages.all('*', (c) => application.app.fetch(c.req.raw))
    const evil = new Hono().get('/', (c) => c.html('<!doctype html><title>Evil</title>'))
    evilUrl = `http://127.0.0.1:${evilPort}`
    const options = { hostname: '127.0.0.1', overrideGlobalObjects: false }
    servers = [
      serve({ fetch: pages.fetch, port, ...options }),
      serve({ fetch: evil.fetch, port: evilPort, ...options }),
    ]
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    for (const server of servers ?? []) server.close()
    await logto?.close()
  })

  let context: BrowserContext
  beforeEach(() => {
    context = browser.context
    refreshes = 0
  })
  afterEach(async () => {
    vi.useRealTimers()
    for (const page of context.pages()) await page.close()
    await context.clearCookies()
  })

  it('signs in and out, and no token is in any response, storage or readable cookie', async () => {
    const traffic = readAlong(context)
    const page = await context.newPage()
    await open(page, '/page?x=1')
    expect(await page.evaluate(() => window.sessionClient.isAuthenticated())).toBe(false)
    await signIn(page)
    expect(page.url()).toBe(`${baseUrl}/page?x=1`)
    expect(await page.evaluate(() => window.sessionClient.isAuthenticated())).toBe(true)
    expect(await page.evaluate(() => window.sessionClient.getUser())).toMatchObject({ username: 'alice' })
    expect(await page.evaluate(() => window.sessionClient.interact('greet'))).toMatchObject({ scopes: [] })
    expect(await page.evaluate(() => window.sessionClient.handleCallback())).toBe(false)

    const readable = await readableBy(page)
    expect(readable).toContainEqual({ name: 'document.cookie', text: '""' })
    expect(readable).toContainEqual({ name: 'localStorage', text: '{"interaqt-logto:signed-in":"1"}' })
    const cookies = await context.cookies(baseUrl)
    const session = cookies.find(({ name }) => name === 'interaqt-session')
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })

    await page.evaluate(() => window.sessionClient.signOut())
    await page.waitForURL(`${baseUrl}/`)
    await open(page, '/')
    expect(await page.evaluate(() => window.sessionClient.isAuthenticated())).toBe(false)
    expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({})

    // By their values too: refresh tokens do not look like anything.
    expect(tokens.size).toBeGreaterThanOrEqual(5)
    const places = [...(await traffic.places()), ...readable]
    expect(places.filter(({ name }) => name === `body of ${baseUrl}/auth/me`).length).toBeGreaterThan(2)
    // The page's own script, in which the codes of errors stand.
    const searched = places.filter(({ name }) => name !== `body of ${baseUrl}/client.js`)
    expect(placesWithTokens(searched, tokens)).toEqual([])
    expect(tokensIn(JSON.stringify(cookies), tokens)).toEqual([])
  })

  it('two tabs that refresh at once, with the reuse window at 0, both stay signed in', async () => {
    const [first, second] = [await context.newPage(), await context.newPage()]
    await open(first, '/')
    await signIn(first)
    await open(second, '/')
    refreshes = 0
    later(3_590)
    const greet = (page: Page) => page.evaluate(() => window.sessionClient.interact('greet'))
    const answers = await Promise.all([greet(first), greet(second), greet(first), greet(second)])
    expect(answers).toHaveLength(4)
    expect(refreshes).toBe(1)
    later(3_590)
    await Promise.all([greet(first), greet(second)])
    expect(refreshes).toBe(2)
  })

  it('informs every tab when one signs out, and names the reason', async () => {
    const [first, second] = [await context.newPage(), await context.newPage()]
    await open(first, '/')
    await signIn(first)
    await first.evaluate(() => window.sessionClient.isAuthenticated())
    await open(second, '/')
    await first.evaluate(() => window.sessionClient.signOut())
    await second.waitForFunction(() => window.sessionChanges.includes(false))
    const failure = await second.evaluate(() =>
      window.sessionClient.interact('greet').catch(({ name, code, message }) => ({ name, code, message })),
    )
    expect(failure).toEqual({ name: 'SignInError', code: 'signed_out', message: 'You are not signed in.' })
  })

  it('explains a sign-in that did not succeed, once, and believes no other code', async () => {
    const page = await context.newPage()
    const explain = () =>
      page.evaluate(() =>
        window.sessionClient.handleCallback().catch(({ name, code }) => `${name} ${code} ${location.search}`),
      )
    await open(page, '/page?auth_error=cancelled&x=1')
    expect(await explain()).toBe('SignInError cancelled ?x=1')
    expect(await explain()).toBe(false)
    await open(page, '/page?auth_error=logto_unavailable')
    expect(await explain()).toBe('NetworkError logto_unavailable ')
    await open(page, '/page?auth_error=%3Cscript%3E')
    expect(await explain()).toBe('SignInError sign_in_refused ')
  })

  it('sends nothing to another origin, and comes back to none', async () => {
    const page = await context.newPage()
    await open(page, '/')
    const refused = await page.evaluate(async () => {
      const { sessionClient: client } = window
      const outcomes = [
        client.fetch('https://other.example/x'),
        client.signIn('https://other.example/'),
        client.post('//other.example/x'),
      ]
      return (await Promise.allSettled(outcomes)).map((one) => one.status)
    })
    expect(refused).toEqual(['rejected', 'rejected', 'rejected'])
    expect(page.url()).toBe(`${baseUrl}/`)
  })

  it.each([
    ['another site', () => evilUrl.replace('127.0.0.1', 'localhost')],
    ['another origin of the same site', () => evilUrl],
  ])('does nothing for %s', async (_, from) => {
    const page = await context.newPage()
    await open(page, '/')
    await signIn(page)
    const statuses: number[] = []
    page.on('response', (response) => {
      if (response.url().includes('/interaction/') || response.url().includes('/auth/sign-out')) {
        statuses.push(response.status())
      }
    })
    await page.goto(from())
    for (const path of ['/interaction/greet', '/auth/sign-out']) {
      await page.evaluate(
        (url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(() => {}),
        `${baseUrl}${path}`,
      )
      await page.evaluate((url) => {
        const form = document.createElement('form')
        Object.assign(form, { method: 'post', action: url })
        document.body.append(form)
        form.submit()
      }, `${baseUrl}${path}`)
      await page.waitForURL(`${baseUrl}${path}`)
      await page.goto(from())
    }
    expect(statuses).toHaveLength(4)
    // 401 where the browser kept the cookie back (SameSite), 403 where it did not.
    for (const status of statuses) expect([401, 403]).toContain(status)
    await open(page, '/')
    expect(await page.evaluate(() => window.sessionClient.isAuthenticated())).toBe(true)
  })

  async function open(page: Page, path: string): Promise<void> {
    await page.goto(`${baseUrl}${path}`)
    await page.waitForFunction(() => window.sessionClient !== undefined)
  }

  async function signIn(page: Page): Promise<void> {
    const { href } = new URL(page.url())
    await page.evaluate(() => window.sessionClient.signIn())
    await page.waitForURL(`${logto.url}/**`)
    await logto.signInAs(page, ALICE)
    await page.waitForURL(href)
    await page.waitForFunction(() => window.sessionClient !== undefined)
  }

  /** What the server asks Logto: its tokens are remembered, to be searched for. */
  async function collecting(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    if (/grant_type=refresh_token/.test(String(init?.body))) refreshes++
    const response = await fetch(input, init)
    const answer: Record<string, unknown> = await response
      .clone()
      .json()
      .catch(() => ({}))
    for (const name of ['access_token', 'refresh_token', 'id_token']) {
      if (typeof answer[name] === 'string') tokens.add(answer[name])
    }
    return response
  }
})

async function bundled(entry: string): Promise<string> {
  const result = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false })
  return result.outputFiles[0]?.text ?? ''
}
