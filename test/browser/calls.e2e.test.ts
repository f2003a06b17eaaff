import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/chromium.js'
import { serveApi } from './site.js'
import { outcomeOf, type Stage, setStage } from './stage.js'

describe.skipIf(!hasChromium())('calling the API', () => {
  let stage: Stage
  let page: Page
  let elsewhere: Awaited<ReturnType<typeof serveApi>>

  beforeAll(async () => {
    stage = await setStage({ clientOptions: { timeoutMs: 2_000 } })
    elsewhere = await serveApi()
    page = await stage.openSignedIn()
  })
  afterEach(async () => {
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await stage.browser.context.setOffline(false)
    Object.assign(stage.api, { calls: [], answer: undefined, allowsCors: true })
  })
  afterAll(async () => {
    await stage?.close()
    await elsewhere?.close()
  })

  const post = (of: Page = page) =>
    outcomeOf(of, () => window.client.post('/interaction/x', { payload: { a: 1 } }))
  const bearers = () => stage.api.calls.map((call) => call.headers.authorization)

  it('sends JSON and resolves with the parsed answer', async () => {
    expect(await post()).toEqual({ value: { data: '/interaction/x' } })
    expect(stage.api.calls[0]).toMatchObject({
      method: 'POST',
      path: '/interaction/x',
      body: '{"payload":{"a":1}}',
    })
  })

  it('repeats a refused call once, with a renewed token and the same body', async () => {
    stage.api.answer = () => (stage.api.calls.length === 1 ? { status: 401 } : undefined)
    expect(await post()).toHaveProperty('value')
    const [first, second] = stage.api.calls
    expect(second?.body).toBe(first?.body)
    expect(new Set(bearers()).size).toBe(2)
  })

  it('gives up after a second refusal', async () => {
    const error = { code: 'user_unknown', message: 'There is no such user.' }
    stage.api.answer = () => ({ status: 401, body: JSON.stringify({ error }) })
    expect(await post()).toMatchObject({ name: 'ApiError', status: 401, ...error })
    expect(stage.api.calls).toHaveLength(2)
  })

  it.each([
    ['429', { status: 429, headers: { 'retry-after': '7' } }, 'http_429'],
    [
      '500 with HTML',
      { status: 500, body: '<h1>Oops</h1>', headers: { 'content-type': 'text/html' } },
      'http_500',
    ],
    [
      '200 with HTML',
      { status: 200, body: '<h1>Hi</h1>', headers: { 'content-type': 'text/html' } },
      'http_200',
    ],
  ])('says what the API answered: %s, and goes on without a reload', async (_, answer, code) => {
    stage.api.answer = () => answer
    expect(await post()).toMatchObject({ name: 'ApiError', status: answer.status, code })
    stage.api.answer = undefined
    expect(await post()).toHaveProperty('value')
  })

  it.each<[string, () => unknown, string]>([
    ['offline', () => stage.browser.context.setOffline(true), 'offline'],
    [
      'an API that is down',
      () => page.route(`${stage.api.url}/**`, (route) => route.abort()),
      'api_unreachable',
    ],
    [
      'an API that allows no foreign origin',
      () => Object.assign(stage.api, { allowsCors: false }),
      'api_blocked',
    ],
    [
      'an API that redirects',
      () =>
        Object.assign(stage.api, { answer: () => ({ status: 307, headers: { location: elsewhere.url } }) }),
      'api_blocked',
    ],
    [
      'a slow API',
      () =>
        Object.assign(stage.api, { answer: () => new Promise((resolve) => setTimeout(resolve, 4_000, {})) }),
      'api_timeout',
    ],
  ])('distinguishes %s, and goes on without a reload', async (_, disturb, code) => {
    await disturb()
    expect(await post()).toMatchObject({ name: 'NetworkError', code })
    expect(elsewhere.calls).toEqual([])

    await stage.browser.context.setOffline(false)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    Object.assign(stage.api, { answer: undefined, allowsCors: true })
    expect(await post()).toHaveProperty('value')
  })

  it.each<[string, () => unknown, string]>([
    [
      'that is down',
      () => page.route(`${stage.logto.url}/**`, (route) => route.abort()),
      'logto_unreachable',
    ],
    ['that hangs', () => page.route('**/oidc/token', () => undefined), 'logto_timeout'],
    ['that refuses the origin', () => refuseOrigins(), 'logto_blocked'],
    [
      'that is busy',
      () =>
        page.route('**/oidc/token', (route) =>
          route.fulfill({ status: 429, headers: { 'access-control-allow-origin': '*' }, body: '{}' }),
        ),
      'logto_unavailable',
    ],
    [
      'whose proxy answers with HTML',
      () =>
        page.route('**/oidc/token', (route) =>
          route.fulfill({
            status: 500,
            headers: { 'access-control-allow-origin': '*' },
            contentType: 'text/html',
            body: '<h1>Oops</h1>',
          }),
        ),
      'logto_unavailable',
    ],
  ])('distinguishes a Logto %s, and goes on without a reload', async (_, disturb, code) => {
    await disturb()
    const renew = () => outcomeOf(page, () => window.client.getAccessToken({ forceRefresh: true }))
    expect(await renew()).toMatchObject({ name: 'NetworkError', code })

    await page.unrouteAll({ behavior: 'ignoreErrors' })
    spa().redirectUris = [`${stage.frontend.url}/callback`]
    expect(await renew()).toHaveProperty('value')
  })

  const spa = () => {
    const application = stage.logto.state.applications.get('spa')
    if (!application) throw new Error('the application is gone')
    return application.oidcClientMetadata
  }
  const refuseOrigins = () => {
    spa().redirectUris = ['https://other.example/callback']
  }

  it('keeps the token from other origins', async () => {
    const outcome = await page.evaluate(
      (url) => window.client.fetch(`${url}/x`).catch((error: Error) => error.name),
      elsewhere.url,
    )
    expect(outcome).toBe('TypeError')
    expect(elsewhere.calls).toEqual([])
  })

  it('starts offline with an old sign-in, and goes on once online', async () => {
    const fresh = await stage.open()
    await stage.browser.context.setOffline(true)
    const refresh = () => outcomeOf(fresh, () => window.client.getAccessToken({ forceRefresh: true }))
    expect(await refresh()).toMatchObject({ code: 'offline' })
    await stage.browser.context.setOffline(false)
    expect(await refresh()).toHaveProperty('value')
    await fresh.close()
  })

  it('ends in one signed-out state when the session is revoked on the server', async () => {
    const other = await stage.open()
    for (const each of [page, other]) {
      await each.evaluate(() => {
        Object.assign(window, { changes: [] })
        window.client.onAuthChange((isAuthenticated) => Reflect.get(window, 'changes').push(isAuthenticated))
      })
    }
    const claims = await page.evaluate(() => window.client.getClaims())
    stage.logto.faults.revokeGrants(claims?.sub ?? '')
    stage.api.answer = () => ({ status: 401 })

    const outcomes = await Promise.all([post(), post(), post(other)])
    for (const outcome of outcomes) expect(outcome.name).toBe('SignInError')
    expect(outcomes.map(({ code }) => code)).toContain('session_ended')
    await other.waitForFunction(() => Reflect.get(window, 'changes').length > 0)
    for (const each of [page, other]) {
      expect(await each.evaluate(() => Reflect.get(window, 'changes'))).toEqual([false])
      expect(await each.evaluate(() => window.client.isAuthenticated())).toBe(false)
    }
    await other.close()
  })
})
