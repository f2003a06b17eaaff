import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { installShiftedClock } from '../support/shifted-clock.js'
import { ALICE, RESOURCE, startLogto } from './logto.js'

const ORGANIZATION = 'acme'
const RESOURCE_TOKEN_TTL = 60

describe.skipIf(!hasChromium())('@logto/browser, unmodified, in a real browser', () => {
  let browser: Browser
  let logto: EmbeddedLogto
  let site: Server
  let origin: string

  beforeAll(async () => {
    const library = await bundled(
      `import LogtoClient from '@logto/browser'; window.LogtoClient = LogtoClient`,
    )
    site = createServer((request, response) => {
      const isScript = request.url === '/library.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(
        isScript
          ? library
          : '<!doctype html><title>app</title><link rel="icon" href="data:,"><script src="/library.js"></script>',
      )
    })
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    const address = site.address()
    origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`
    logto = await startLogto({
      accessTokenTtl: 3600,
      applications: [
        {
          id: 'spa',
          name: 'App',
          type: 'SPA',
          redirectUris: [`${origin}/callback`],
          postLogoutRedirectUris: [`${origin}/bye`],
        },
      ],
      resources: [
        {
          indicator: RESOURCE,
          scopes: ['read'],
          defaultScopes: ['read'],
          accessTokenTtl: RESOURCE_TOKEN_TTL,
        },
      ],
      organizations: [{ id: ORGANIZATION, name: 'Acme', members: { alice: [] } }],
    })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await logto?.close()
    site?.close()
  })
  // What one test leaves behind when it fails must not sign the next one in.
  afterEach(() => browser.context.clearCookies())

  /** Opens a page of the application with a client on it. */
  async function open(path = '/'): Promise<Page> {
    const page = await browser.context.newPage()
    await page.goto(`${origin}${path}`)
    await makeClient(page)
    return page
  }

  const makeClient = (page: Page): Promise<void> =>
    page.evaluate(
      ({ endpoint, resource }) => {
        const LogtoClient = Reflect.get(window, 'LogtoClient')
        const scopes = ['read', 'profile', 'custom_data', 'urn:logto:scope:organizations']
        Reflect.set(window, 'sdk', new LogtoClient({ endpoint, appId: 'spa', resources: [resource], scopes }))
      },
      { endpoint: logto.url, resource: RESOURCE },
    )

  /** Calls a method of the client on the page. */
  const call = (page: Page, method: string, ...parameters: unknown[]): Promise<unknown> =>
    page.evaluate(({ method, parameters }) => Reflect.get(window, 'sdk')[method](...parameters), {
      method,
      parameters,
    })

  async function completeCallback(page: Page): Promise<void> {
    await page.waitForURL(`${origin}/callback?**`)
    await makeClient(page)
    await call(page, 'handleSignInCallback', page.url())
  }

  const claimsOf = (token: unknown): Record<string, unknown> =>
    JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8'))

  it('signs up, is signed in, and reads its claims', async () => {
    const page = await open()
    await call(page, 'signIn', { redirectUri: `${origin}/callback`, firstScreen: 'register' })
    await page.getByLabel('Username or email').fill('browser_user')
    await page.getByLabel('Password').fill('correct-horse')
    await page.keyboard.press('Enter')
    await completeCallback(page)
    expect(await call(page, 'isAuthenticated')).toBe(true)
    expect(await call(page, 'getIdTokenClaims')).toMatchObject({ username: 'browser_user', aud: 'spa' })
    expect(await call(page, 'fetchUserInfo')).toMatchObject({ username: 'browser_user', custom_data: {} })
    const user = logto.state.users.byIdentifier('browser_user')
    expect(claimsOf(await call(page, 'getAccessToken', RESOURCE))).toMatchObject({
      sub: user?.id,
      scope: 'read',
      aud: RESOURCE,
    })
    await call(page, 'signOut', `${origin}/bye`)
    await page.waitForURL(`${origin}/bye`)
    await page.close()
  })

  it('signs in, refreshes silently, gets an organization token, and signs out', async () => {
    const page = await open()
    await call(page, 'signIn', `${origin}/callback`)
    await logto.signInAs(page, ALICE)
    await completeCallback(page)
    const first = await call(page, 'getAccessToken', RESOURCE)
    // Not by waiting: the SDK rounds the second in which a token expires, up or down.
    await page.evaluate(installShiftedClock)
    await page.evaluate(`advanceClock(${RESOURCE_TOKEN_TTL + 1})`)
    const second = await call(page, 'getAccessToken', RESOURCE)
    expect(second).not.toBe(first)
    expect(claimsOf(second).jti).not.toBe(claimsOf(first).jti)
    expect(claimsOf(await call(page, 'getOrganizationToken', ORGANIZATION)).aud).toBe(
      `urn:logto:organization:${ORGANIZATION}`,
    )
    await call(page, 'signOut', `${origin}/bye`)
    await page.waitForURL(`${origin}/bye`)
    await makeClient(page)
    expect(await call(page, 'isAuthenticated')).toBe(false)
    await call(page, 'signIn', `${origin}/callback`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.close()
  })

  it.each([
    ['a phone', { width: 360, height: 640 }],
    ['a desk', { width: 1440, height: 900 }],
  ])('shows pages without accessibility faults on %s, usable by keyboard', async (_where, viewport) => {
    const page = await open()
    await page.setViewportSize(viewport)
    await call(page, 'signIn', `${origin}/callback`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await faultsOf(page)).toEqual([])
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('name') ?? document.activeElement?.textContent)
    const reached: unknown[] = [await focused()]
    for (let presses = 0; presses < 4; presses++) {
      await page.keyboard.press('Tab')
      reached.push(await focused())
    }
    expect(reached).toEqual(['identifier', 'password', 'Sign in', 'Cancel', 'Create account'])
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Create your account' }).waitFor()
    await page.getByLabel('Username or email').fill('alice')
    await page.getByLabel('Password').fill('correct-horse')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('alert').waitFor()
    expect(await faultsOf(page)).toEqual([])
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
    expect(overflow).toBe(false)
    await page.close()
  })
})

async function bundled(contents: string): Promise<string> {
  const resolveDir = fileURLToPath(new URL('.', import.meta.url))
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

async function faultsOf(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core')) })
  return page.evaluate(async () => {
    const { violations } = await Reflect.get(window, 'axe').run()
    return violations.map(({ id, help }: { id: string; help: string }) => `${id}: ${help}`)
  })
}
