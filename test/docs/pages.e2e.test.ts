import { createServer } from 'node:http'
import { type Controller, InteractionEventEntity } from 'interaqt'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import type { RunningServer } from '../../src/http/index.js'
import { Client } from '../../src/server/index.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { codeBlocks } from './markdown.js'
import { type PageFiles, writePage } from './page-files.js'

// The servers and pages of the README, the guide and the React recipe, as they stand there, but for the addresses, whose
// ports may be taken here.
const ALICE = { username: 'alice', password: 'tea-and-cake' }

interface ServerFile {
  controller: Controller
  server: RunningServer
  schedule?: { stop(): Promise<void> }
}

describe.skipIf(!hasChromium())('the code of', () => {
  let browser: Browser
  let logto: EmbeddedLogto
  let port: number
  let site: Awaited<ReturnType<typeof serveHtml>>
  let server: ServerFile | undefined
  let page: Page
  const written: PageFiles[] = []

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  beforeEach(async () => {
    port = await freePort()
    site = await serveHtml()
    const interaqtEndpoint = `http://127.0.0.1:${port}`
    // As `interaqt-logto dev` starts it.
    logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      users: [{ ...ALICE, name: 'Alice' }],
      applications: [
        {
          id: 'dev-frontend',
          name: 'Frontend',
          type: 'SPA',
          redirectUris: [`${site.url}/`],
          postLogoutRedirectUris: [`${site.url}/`],
        },
        { id: 'm2m', name: 'API', type: 'MachineToMachine', secret: 'a-secret', managementApi: true },
      ],
      resources: [{ indicator: `${interaqtEndpoint}/interaction` }],
      hooks: [{ url: `${interaqtEndpoint}/api/syncUser`, signingKey: 'a-key-of-the-test' }],
    })
    vi.stubEnv('LOGTO_ENDPOINT', logto.url)
    vi.stubEnv('LOGTO_M2M_APP_ID', 'm2m')
    vi.stubEnv('LOGTO_M2M_APP_SECRET', 'a-secret')
    vi.stubEnv('LOGTO_WEBHOOK_SIGNING_KEY', 'a-key-of-the-test')
    vi.stubEnv('LOGTO_WEBHOOK_ID', [...logto.state.hooks.keys()][0])
    vi.stubEnv('INTERAQT_ENDPOINT', interaqtEndpoint)
    page = await browser.context.newPage()
    await browser.context.clearCookies()
  })
  afterEach(async () => {
    await page?.close()
    await server?.schedule?.stop()
    await server?.server.close()
    server = undefined
    await site?.close()
    await logto?.close()
    vi.unstubAllEnvs()
    await Promise.all(written.splice(0).map((files) => files.remove()))
  })

  it('the README signs Alice in, sends her request in her name, and locks her out when Logto deletes her', async () => {
    server = await startServerOf('README.md')
    site.html = await htmlOf(
      'README.md',
      'frontend.ts',
      '<script type="module" src="./frontend.ts"></script>',
    )
    const sent = page.waitForResponse(
      (candidate) => candidate.url() === `http://127.0.0.1:${port}/interaction/sendFriendRequest`,
    )
    await page.goto(site.url)
    const [response] = await Promise.all([sent, logto.signInAs(page, ALICE)])

    expect(response.status()).toBe(200)
    expect(await requestsOf(server)).toEqual([{ to: 'bob', by: aliceId() }])

    await deleteAtLogto(aliceId())
    await logto.state.deliveries.settled()
    const headers = {
      authorization: String(await response.request().headerValue('authorization')),
      'content-type': 'application/json',
    }
    const refused = await fetch(response.url(), { method: 'POST', headers, body: '{"payload":{"to":"bob"}}' })
    expect(refused.status).toBe(401)
  })

  it('the guide shows what the guide says that one should see', async () => {
    server = await startServerOf('docs/guide.md')
    site.html = await htmlOf('docs/guide.md', 'frontend.ts', htmlBlockOf('docs/guide.md'))
    const shown = (text: string) => page.getByText(text, { exact: true }).waitFor()

    await page.goto(`${site.url}/?page=2`)
    await shown('"signed out"')
    await page.click('#sign-in')
    await logto.signInAs(page, ALICE)
    await shown('{"username":"alice","name":"Alice"}')
    expect(page.url()).toBe(`${site.url}/?page=2`)
    await page.click('#send')
    await shown('{}')
    expect(await requestsOf(server)).toEqual([{ to: 'bob', by: aliceId() }])
    await page.click('#sign-out')
    await page.waitForURL(`${site.url}/`)
    await shown('"signed out"')
    await page.click('#send')
    await shown('You are not signed in.')
    expect(await requestsOf(server)).toHaveLength(1)
  })

  it('the React recipe goes to Logto and back, sends a request, and offers to sign in again', async () => {
    server = await startServerOf('docs/guide.md')
    site.html = await htmlOf('docs/recipes/react.md', 'main.tsx', htmlBlockOf('docs/recipes/react.md'))
    await page.goto(site.url)
    await logto.signInAs(page, ALICE)
    await page.click('text=Send bob a friend request')
    await page.getByText('Sent.').waitFor()
    expect(page.url()).toBe(`${site.url}/`)
    expect(await requestsOf(server)).toEqual([{ to: 'bob', by: aliceId() }])
    await page.click('text=Sign out')
    await page.waitForURL(`${site.url}/`)
    await logto.signInAs(page, ALICE)
    await page.getByText('Send bob a friend request').waitFor()
  })

  async function startServerOf(name: string): Promise<ServerFile> {
    const files = await writePage(name, { 'port: 4000': `port: ${port}` })
    written.push(files)
    return files.import<ServerFile>('server.ts')
  }

  /** The page with its script in it. */
  async function htmlOf(name: string, file: string, html: string): Promise<string> {
    const change = {
      'http://127.0.0.1:3001': logto.url,
      'http://127.0.0.1:4000': `http://127.0.0.1:${port}`,
      ...(name === 'README.md' && { 'http://127.0.0.1:5173': site.url }),
    }
    const files = await writePage(name, change)
    written.push(files)
    const script = await files.bundle(file, {
      define: { 'process.env.NODE_ENV': '"production"' },
      minify: true,
    })
    const tag = `<script type="module" src="./${file}"></script>`
    if (!html.includes(tag)) throw new Error(`${name}: the page does not load ${file}`)
    // A script may hold its own end tag, and "$&".
    return html.replace(
      tag,
      () => `<script type="module">${script.replaceAll('</script', '<\\/script')}</script>`,
    )
  }

  const aliceId = () => logto.state.users.byIdentifier('alice')?.id ?? ''

  async function deleteAtLogto(userId: string): Promise<void> {
    const client = new Client(logto.url, 'm2m', 'a-secret', 'http://127.0.0.1:4000')
    const headers = { authorization: `Bearer ${await client.getManagementToken()}` }
    const { status } = await fetch(`${logto.url}/api/users/${userId}`, { method: 'DELETE', headers })
    expect(status).toBe(204)
  }
})

const htmlBlockOf = (name: string): string =>
  codeBlocks(name).find(({ language }) => language === 'html')?.code ?? ''

/** The friend requests that were stored, and the Logto user ids of those who sent them. */
async function requestsOf({ controller }: ServerFile) {
  const { storage } = controller.system
  const events = await storage.find(InteractionEventEntity.name, undefined, undefined, ['*'])
  return events.map(({ payload, user }) => ({ to: payload.to, by: user.logtoId }))
}

async function serveHtml() {
  const served = { html: '' }
  const listener = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`${served.html}<link rel="icon" href="data:,">`)
  })
  const port = await freePort()
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  return Object.assign(served, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        listener.close(() => resolve())
        listener.closeAllConnections()
      }),
  })
}
