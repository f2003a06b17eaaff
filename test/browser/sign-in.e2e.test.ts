import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/chromium.js'
import { ALICE, outcomeOf, type Stage, setStage, startSignIn } from './stage.js'

describe.skipIf(!hasChromium())('completing a sign-in', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await setStage({})
  })
  afterEach(async () => {
    stage.logto.faults.clear()
    await stage.browser.context.setOffline(false)
    await stage.browser.context.unrouteAll({ behavior: 'ignoreErrors' })
    const [, ...pages] = stage.browser.context.pages()
    await Promise.all(pages.map((page) => page.close()))
  })
  afterAll(() => stage?.close())

  /** A page that has just come back from Logto, and has not yet completed the sign-in. */
  const comeBack = async (change: (callback: URL) => void = () => {}) => {
    const page = await stage.openSignedOut()
    await startSignIn(page)
    await stage.logto.signInAs(page, ALICE)
    await page.waitForURL('**/callback?*')
    const url = new URL(page.url())
    change(url)
    if (url.href !== page.url()) await page.goto(url.href)
    await page.waitForFunction(() => 'client' in window)
    return page
  }

  const complete = (page: Page) => outcomeOf(page, () => window.client.handleCallback())
  const isSignedIn = (page: Page) => page.evaluate(() => window.client.isAuthenticated())

  it('exchanges the code once, though it is asked twice at the same time', async () => {
    const page = await comeBack()
    const exchanges: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/oidc/token')) exchanges.push(request.postData() ?? '')
    })

    const results = await page.evaluate(() =>
      Promise.all([window.client.handleCallback(), window.client.handleCallback()]),
    )
    expect(results).toEqual([true, true])
    expect(exchanges).toHaveLength(1)
    expect(page.url()).toBe(`${stage.frontend.url}/callback`)
    expect(await complete(page)).toEqual({ value: false })
    expect(await isSignedIn(page)).toBe(true)
  })

  it('reports a sign-in that isAuthenticated has completed, once', async () => {
    const page = await comeBack()
    expect(await isSignedIn(page)).toBe(true)
    expect(await complete(page)).toEqual({ value: true })
    expect(await complete(page)).toEqual({ value: false })
  })

  it('keeps who is signed in when the address is loaded again', async () => {
    const page = await comeBack()
    const address = page.url()
    await complete(page)
    await page.goto(address)
    await page.waitForFunction(() => 'client' in window)

    expect(await complete(page)).toEqual({ value: false })
    expect(page.url()).toBe(`${stage.frontend.url}/callback`)
    expect(await isSignedIn(page)).toBe(true)
  })

  it.each([
    ['of a foreign sign-in', { state: 'foreign' }, 'state_mismatch'],
    ['with a code that is used up', { code: 'used-up' }, 'code_expired'],
    ['with a refusal of Logto', { code: undefined, error: 'invalid_target' }, 'sign_in_refused'],
  ])('says what to show for an answer %s', async (_, changes, code) => {
    const page = await comeBack(({ searchParams }) => {
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined) searchParams.delete(name)
        else searchParams.set(name, value)
      }
    })
    expect(await complete(page)).toMatchObject({ name: 'SignInError', code })
    expect(page.url()).toBe(`${stage.frontend.url}/callback`)
    expect(await isSignedIn(page)).toBe(false)
  })

  it('says that the person has cancelled', async () => {
    const page = await stage.openSignedOut()
    await startSignIn(page)
    await page.click('button[formaction="/sign-in/cancel"]')
    await page.waitForURL('**/callback?*')
    await page.waitForFunction(() => 'client' in window)
    expect(await complete(page)).toMatchObject({ code: 'cancelled', message: 'The sign-in was cancelled.' })
  })

  it('leaves the callback of something else alone', async () => {
    const page = await stage.open('/callback?code=of-github&state=of-github')
    expect(await complete(page)).toEqual({ value: false })
    expect(page.url()).toBe(`${stage.frontend.url}/callback?code=of-github&state=of-github`)
  })

  it('completes without a reload once Logto is back', async () => {
    const page = await comeBack()
    await page.route('**/oidc/token', (route) =>
      route.fulfill({ status: 503, headers: { 'access-control-allow-origin': '*' }, body: 'busy' }),
    )
    expect(await complete(page)).toMatchObject({ name: 'NetworkError', code: 'logto_unavailable' })
    await page.unrouteAll()
    expect(await complete(page)).toEqual({ value: true })
    expect(await isSignedIn(page)).toBe(true)
  })

  it('completes without a reload when the page came up offline', async () => {
    const page = await comeBack()
    await stage.browser.context.setOffline(true)
    expect(await isSignedIn(page)).toBe(false)
    expect(await complete(page)).toMatchObject({ name: 'NetworkError', code: 'offline' })
    await stage.browser.context.setOffline(false)
    expect(await complete(page)).toEqual({ value: true })
  })

  it.each<[string, (page: Page) => Promise<unknown>, string]>([
    ['offline', () => stage.browser.context.setOffline(true), 'offline'],
    [
      'when Logto is down',
      (page) => page.route(`${stage.logto.url}/**`, (route) => route.abort()),
      'logto_unreachable',
    ],
    [
      'when Logto answers with HTML',
      (page) =>
        page.route('**/openid-configuration', (route) =>
          route.fulfill({ headers: { 'access-control-allow-origin': '*' }, body: '<h1>Oops</h1>' }),
        ),
      'logto_unavailable',
    ],
  ])('does not leave for a sign-in %s, but does afterwards, without a reload', async (_, disturb, code) => {
    const page = await stage.openSignedOut()
    await disturb(page)
    const leave = () => outcomeOf(page, () => window.client.signIn(`${location.origin}/callback`))
    expect(await leave()).toMatchObject({ name: 'NetworkError', code })
    expect(page.url()).toBe(`${stage.frontend.url}/`)

    await stage.browser.context.setOffline(false)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await startSignIn(page)
  })

  it('returns to where the person was', async () => {
    const page = await stage.openSignedOut()
    await startSignIn(page, '/inbox?page=2#third')
    await stage.logto.signInAs(page, ALICE)
    await page.waitForURL('**/callback?*')
    await page.waitForFunction(() => 'client' in window)
    await page.evaluate(() => void window.client.handleCallback())
    await page.waitForURL('**/inbox?page=2#third')
    await page.waitForFunction(() => 'client' in window)
    expect(await isSignedIn(page)).toBe(true)

    await page.goBack()
    expect(page.url()).not.toContain('code=')
  })

  it('returns to no other origin', async () => {
    const page = await stage.openSignedOut()
    const outcome = await outcomeOf(page, () =>
      window.client.signIn({ redirectUri: location.href, returnTo: 'https://elsewhere.example/' }),
    )
    expect(outcome).toMatchObject({ name: 'TypeError' })
  })

  it('says that cookies and storage are blocked', async () => {
    const page = await stage.openSignedOut()
    await page.evaluate(() => {
      const deny = () => {
        throw new DOMException('denied', 'SecurityError')
      }
      Object.assign(Storage.prototype, { getItem: deny, setItem: deny, removeItem: deny })
    })
    const outcome = await outcomeOf(page, () => window.client.signIn(`${location.origin}/callback`))
    expect(outcome).toMatchObject({ name: 'SignInError', code: 'storage_blocked' })
  })

  it('signs out in every tab', async () => {
    const page = await comeBack()
    await complete(page)
    const other = await stage.open()
    await other.evaluate(() => {
      Object.assign(window, { changes: [] })
      window.client.onAuthChange((isAuthenticated) => Reflect.get(window, 'changes').push(isAuthenticated))
    })
    await page.evaluate(() => void window.client.signOut(`${location.origin}/goodbye`))
    await page.waitForURL('**/goodbye')

    await other.waitForFunction(() => Reflect.get(window, 'changes').length > 0)
    expect(await other.evaluate(() => Reflect.get(window, 'changes'))).toEqual([false])
    expect(await isSignedIn(other)).toBe(false)
    expect(await outcomeOf(other, () => window.client.post('/x'))).toMatchObject({ code: 'signed_out' })
  })
})
