import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Seal } from '../../src/session/seal.js'
import { type Browser, hasChromium, launchChromium } from './chromium.js'
import { freePort } from './free-port.js'
import { placesWithTokens, readAlong, readableBy, tokensIn } from './token-search.js'

// The tests of both Clients find no token with this search; here it has to find those that were put there.

const OPAQUE = 'Zx8_cB1mQ0t-7vN3yJ5kL2pR9sW4uE6aD0fG1hT2iOq'

describe('the search for tokens in texts', () => {
  it('finds signed tokens, names of a token endpoint’s answer and tokens that were issued', async () => {
    const jwt = await signedToken()
    expect(tokensIn(`Bearer ${jwt}`)).toEqual([jwt])
    expect(tokensIn('{"refresh_token":"x"}')).toEqual(['refresh_token'])
    expect(tokensIn(`set-cookie: a=${OPAQUE}`)).toEqual([])
    expect(tokensIn(`set-cookie: a=${OPAQUE}`, [OPAQUE])).toEqual([OPAQUE])
  })

  it('takes no encrypted cookie for one', async () => {
    const sealed = await new Seal(['x'.repeat(32)], 'test').seal({ accessToken: await signedToken() })
    expect(tokensIn(`interaqt-session=${sealed}`)).toEqual([])
  })
})

describe.skipIf(!hasChromium())('the search for tokens in a browser', () => {
  let browser: Browser
  let server: ServerType
  let url: string
  let token: string

  beforeAll(async () => {
    token = await signedToken()
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const app = new Hono()
    app.get('/clean', (c) => c.html('<!doctype html><title>Clean</title>'))
    app.get('/body', (c) => c.json({ value: token }))
    app.get('/header', (c) => c.json({}, 200, { 'x-value': token }))
    app.get('/cookie', (c) => c.json({}, 200, { 'set-cookie': `a=${token}; HttpOnly` }))
    app.get('/redirect', (c) => c.redirect(`/clean?value=${token}`))
    app.post('/sent', (c) => c.json({}))
    server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1', overrideGlobalObjects: false })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it('finds one in every part of requests and answers', async () => {
    const page = await browser.context.newPage()
    const traffic = readAlong(browser.context)
    await page.goto(`${url}/clean`)
    await page.evaluate(async (token) => {
      for (const path of ['/body', '/header', '/redirect']) await (await fetch(path)).text()
      await (await fetch('/sent', { method: 'POST', body: token })).text()
      await (await fetch('/cookie')).text()
    }, token)
    expect(placesWithTokens(await traffic.places())).toEqual([
      `body of ${url}/body`,
      `headers of ${url}/header`,
      `headers of ${url}/redirect`,
      `request ${url}/clean?value=${token}`,
      `request ${url}/sent`,
      `headers of ${url}/cookie`,
    ])
    await browser.context.clearCookies()
  })

  it('finds one wherever scripts of a page can read', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${url}/clean`)
    expect(placesWithTokens(await readableBy(page))).toEqual([])
    await browser.context.addCookies([{ name: 'readable', value: token, url }])
    await page.evaluate(async (token) => {
      localStorage.setItem('a', token)
      sessionStorage.setItem(token, 'a')
      window.name = token
      history.replaceState({ token }, '', `#${token}`)
      document.body.dataset.value = token
      await (await caches.open('kept')).put('/kept', new Response(token))
      const opening = indexedDB.open('base', 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore('things').put({ token }, 'key')
      await new Promise((resolve) => {
        opening.onsuccess = resolve
      })
      opening.result.close()
    }, token)
    expect(placesWithTokens(await readableBy(page))).toEqual([
      'document.cookie',
      'localStorage',
      'sessionStorage',
      'window.name',
      'location',
      'history.state',
      'the document',
      'IndexedDB base things',
      `cache kept ${url}/kept`,
    ])
  })
})

async function signedToken(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES384')
  return new SignJWT({ sub: 'somebody' }).setProtectedHeader({ alg: 'ES384', typ: 'at+jwt' }).sign(privateKey)
}
