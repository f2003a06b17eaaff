import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'

const SOURCES = join(import.meta.dirname, '../../src/react/index.ts')
/** A project with the package and another React installed; its React and its built binding are tested instead. */
const project = process.env.REACT_PROJECT
const installed = (name: string) => join(project ?? '', 'node_modules', name)
const alias: Record<string, string> = project
  ? {
      react: installed('react'),
      'react-dom': installed('react-dom'),
      '@yourorg/interaqt-logto/react': installed('@yourorg/interaqt-logto/dist/react.js'),
    }
  : { '@yourorg/interaqt-logto/react': SOURCES }

describe.skipIf(!hasChromium())('the React binding, in strict mode', () => {
  let browser: Browser
  let server: Server
  let page: Page
  let origin: string

  beforeAll(async () => {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, 'page.tsx')],
      bundle: true,
      format: 'esm',
      write: false,
      jsx: 'automatic',
      alias,
      define: { 'process.env.NODE_ENV': '"development"' },
    })
    const script = bundle.outputFiles[0]?.text ?? ''
    const html =
      '<!doctype html><title>test</title><div id="root"></div><script type="module" src="/page.js"></script>'
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : html)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    await new Promise((resolve) => server?.close(resolve))
  })
  beforeEach(async () => {
    page = await browser.context.newPage()
  })
  afterEach(() => page.close())

  const status = (text: string) => page.locator('#status').filter({ hasText: text }).waitFor()

  it(`runs in React ${project ? 18 : 19}`, async () => {
    await page.goto(`${origin}/?signed-in`)
    await status('signed in')
    expect(await page.evaluate(() => window.control.reactVersion)).toMatch(project ? /^18\./ : /^19\./)
  })

  it('shows what needs a sign-in to who is signed in, and calls an interaction', async () => {
    await page.goto(`${origin}/?signed-in`)
    await status('signed in')
    await page.getByRole('button', { name: 'Greet' }).click()
    await page.locator('#greeting').filter({ hasText: 'greet' }).waitFor()
    expect(JSON.parse(await page.locator('#greeting').innerText())).toEqual({
      data: { name: 'greet', payload: { name: 'bob' } },
    })
    expect(await page.evaluate(() => window.control.signIns)).toEqual([])
  })

  it('shows the answer of the latest call only, and aborts a call when its component goes', async () => {
    await page.goto(`${origin}/?signed-in`)
    await page.getByRole('button', { name: 'Wait' }).click()
    await page.locator('#greeting').filter({ hasText: 'asking' }).waitFor()
    await page.getByRole('button', { name: 'Greet' }).click()
    await page.locator('#greeting').filter({ hasText: 'bob' }).waitFor()
    // Two frames later a changed state would be on the screen.
    await page.evaluate(() => {
      window.control.answer()
      return new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))
    })
    expect(await page.locator('#greeting').innerText()).toContain('bob')

    await page.getByRole('button', { name: 'Wait' }).click()
    await page.waitForFunction(() => window.control.calls.length === 3)
    await page.evaluate(() => window.control.changeAuth(false))
    await page.waitForFunction(() => window.control.calls[2]?.isAborted)
    expect(await page.evaluate(() => window.control.calls[2]?.query)).toEqual({ slow: true })
  })

  it('sends who is signed out to Logto, to come back to this page', async () => {
    await page.goto(`${origin}/?signed-out`)
    await status('signed out')
    await page.waitForFunction(() => window.control.signIns.length > 0)
    const [options] = await page.evaluate(() => window.control.signIns)
    expect(options).toEqual({ redirectUri: origin, returnTo: `${origin}/?signed-out` })
    expect(await page.locator('#fallback').innerText()).toBe('one moment')
    expect(await page.getByRole('button', { name: 'Greet' }).count()).toBe(0)
  })

  it('hides it again when the person signs out, here or in another tab', async () => {
    await page.goto(`${origin}/?signed-in`)
    await status('signed in')
    await page.evaluate(() => window.control.changeAuth(false))
    await status('signed out')
    expect(await page.getByRole('button', { name: 'Greet' }).count()).toBe(0)
    await page.evaluate(() => window.control.changeAuth(true))
    await page.getByRole('button', { name: 'Greet' }).waitFor()
    expect(await page.evaluate(() => window.control.signIns)).toEqual([])
  })

  it('goes to Logto after a sign-out only when the person comes back to the tab', async () => {
    await page.goto(`${origin}/?signed-in`)
    await status('signed in')
    await page.evaluate(() => window.control.changeAuth(false))
    await status('signed out')
    expect(await page.evaluate(() => window.control.signIns)).toEqual([])
    await page.evaluate(() => window.dispatchEvent(new Event('focus')))
    await page.waitForFunction(() => window.control.signIns.length === 1)
  })

  it('says why a sign-in failed, and does not go round', async () => {
    await page.goto(`${origin}/?callback-fails`)
    await page.locator('#refused').filter({ hasText: 'cancelled' }).waitFor()
    expect(await page.evaluate(() => window.control.signIns)).toEqual([])
  })

  it('says in the console which option of signIn is wrong, instead of the fallback for ever', async () => {
    const failure = page.waitForEvent('pageerror')
    await page.goto(`${origin}/?wrong-option`)
    expect((await failure).message).toContain('signIn: no such option')
    expect(await page.locator('#fallback').count()).toBe(0)
  })
})
