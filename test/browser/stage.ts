import type { Page, Request } from 'playwright-core'
import {
  type EmbeddedLogto,
  type EmbeddedLogtoOptions,
  startEmbeddedLogto,
} from '../../src/embedded/index.js'
import { type Browser, launchChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { type Site, serveApi, serveFrontend, type TestApi } from './site.js'

/** Who signs in in these tests. */
export const ALICE = { username: 'alice', password: 'correct-horse-9' }

/** A browser, an embedded Logto, an API and a frontend, each of an origin of its own. */
export interface Stage {
  browser: Browser
  logto: EmbeddedLogto
  api: TestApi
  frontend: Site
  /** A further page with a Client as `window.client`, at `path` of the frontend. */
  open(path?: string): Promise<Page>
  /** A page where nobody is signed in, here or at Logto. */
  openSignedOut(): Promise<Page>
  /** A page where Alice is signed in. */
  openSignedIn(): Promise<Page>
  close(): Promise<void>
}

/** @param clientOptions - for the page's Client, beside endpoints and application. */
export async function setStage(options: {
  logto?: EmbeddedLogtoOptions
  clientOptions?: Record<string, unknown>
  resources?: string[]
}): Promise<Stage> {
  const browser = await launchChromium()
  const api = await serveApi()
  const resources = options.resources ?? []
  const settings = () => ({
    logtoEndpoint: logto.url,
    appId: 'spa',
    interaqtEndpoint: api.url,
    resources,
    ...options.clientOptions,
  })
  const frontend = await serveFrontend(() => `window.client = new lib.Client(${JSON.stringify(settings())})`)
  const logto = await startEmbeddedLogto({
    port: await freePort(),
    log: () => undefined,
    users: [ALICE],
    applications: [
      {
        id: 'spa',
        name: 'Frontend',
        type: 'SPA',
        redirectUris: [`${frontend.url}/callback`],
        postLogoutRedirectUris: [`${frontend.url}/goodbye`],
      },
    ],
    ...options.logto,
    resources: [`${api.url}/interaction`, ...resources].map((indicator) => ({ indicator, scopes: [] })),
  })

  const open = async (path = '/') => {
    const page = await browser.context.newPage()
    await page.goto(frontend.url + path)
    await page.waitForFunction(() => 'client' in window)
    return page
  }
  const openSignedOut = async () => {
    await browser.context.clearCookies()
    const page = await open()
    await page.evaluate(async () => {
      localStorage.clear()
      for (const name of await caches.keys()) await caches.delete(name)
    })
    return page
  }
  return {
    browser,
    logto,
    api,
    frontend,
    open,
    openSignedOut,
    async openSignedIn() {
      const page = await openSignedOut()
      await startSignIn(page)
      await logto.signInAs(page, ALICE)
      await page.waitForURL('**/callback?*')
      await page.waitForFunction(() => 'client' in window)
      await page.evaluate(() => window.client.handleCallback())
      return page
    },
    async close() {
      await browser.close()
      await Promise.all([logto, api, frontend].map((site) => site.close()))
    },
  }
}

/** Leaves for the sign-in page. */
export async function startSignIn(page: Page, returnTo?: string): Promise<void> {
  await Promise.all([
    page.waitForSelector('input[name=identifier]'),
    page
      .evaluate((to) => {
        const redirectUri = `${location.origin}/callback`
        void window.client.signIn(to ? { redirectUri, returnTo: to } : redirectUri)
      }, returnTo)
      .catch(() => undefined),
  ])
}

/** What became of a promise in a page: its value, or the name and code of its error. */
export function outcomeOf<T>(page: Page, work: () => Promise<T>): Promise<Outcome<T>> {
  return page.evaluate(async (source) => {
    try {
      return { value: await new Function(`return (${source})()`)() }
    } catch (error) {
      const { name, code, status } = Object(error)
      return { name, code, status, message: String(Object(error).message) }
    }
  }, String(work))
}

interface Outcome<T> {
  value?: T
  name?: string
  code?: string
  status?: number
  message?: string
}

/** The refresh of a token that a request asks for. */
export function refreshOf(request: Request): { resource: string } | undefined {
  const body = new URLSearchParams(request.postData() ?? '')
  return body.get('grant_type') === 'refresh_token' ? { resource: body.get('resource') ?? '' } : undefined
}
