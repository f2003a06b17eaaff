import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { type Browser, hasChromium, launchChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { ALICE, createApplication, startLogto, type TestApplication } from './support/application.js'

// One process behind a proxy that ends TLS for two hosts: only a browser says whether its `__Host-` cookies are taken.
describe.skipIf(!hasChromium() || !hasOpenSSL())('behind a reverse proxy that ends TLS', () => {
  let browser: Browser
  let logto: EmbeddedLogto
  let application: TestApplication
  let inner: ServerType
  let proxy: Server
  let hosts: string[]

  beforeAll(async () => {
    const [innerPort, port] = [await freePort(), await freePort()]
    hosts = [`https://one.localhost:${port}`, `https://two.localhost:${port}`]
    logto = await startLogto({
      resources: [{ indicator: 'https://api.example.com' }],
      applications: [
        {
          id: 'traditional-app',
          secret: 'traditional-secret',
          name: 'App',
          type: 'Traditional',
          redirectUris: hosts.map((host) => `${host}/auth/callback`),
          postLogoutRedirectUris: hosts.map((host) => `${host}/`),
        },
      ],
    })
    application = createApplication(logto.url, { resource: 'https://api.example.com', trustProxy: true })
    const options = { hostname: '127.0.0.1', overrideGlobalObjects: false }
    inner = serve({ fetch: application.app.fetch, port: innerPort, ...options })
    proxy = createServer(await selfSigned(), (incoming, outgoing) => {
      const { method, url, headers } = incoming
      const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': headers.host }
      const passed = { ...headers, host: `127.0.0.1:${innerPort}`, ...forwarded }
      const onward = request(`http://127.0.0.1:${innerPort}${url}`, { method, headers: passed }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      incoming.pipe(onward)
    })
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve))
    browser = await launchChromium({ ignoreHTTPSErrors: true })
  })
  afterAll(async () => {
    await browser?.close()
    proxy?.closeAllConnections()
    proxy?.close()
    inner?.close()
    await logto?.close()
  })

  it('signs in and out at each host by itself, with cookies that belong to that host alone', async () => {
    const [one = '', two = ''] = hosts
    const page = await browser.context.newPage()
    await page.goto(`${one}/auth/sign-in?returnTo=/page`)
    await logto.signInAs(page, ALICE)
    await page.waitForURL(`${one}/page`)
    expect(await call(page)).toBe(200)
    const [cookie, ...others] = await browser.context.cookies(one)
    expect(others).toEqual([])
    expect(cookie).toMatchObject({
      name: '__Host-interaqt-session',
      domain: 'one.localhost',
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
    })

    await page.goto(`${two}/page`)
    expect(await call(page)).toBe(401)
    // What a page says of its host in these headers does not get past the proxy.
    await page.goto(`${one}/page`)
    expect(await call(page, { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' })).toBe(200)

    const signOut = await page.evaluate(async () => {
      const headers = { accept: 'application/json' }
      return (await fetch('/auth/sign-out', { method: 'POST', headers })).json()
    })
    expect(new URL(signOut.url).searchParams.get('post_logout_redirect_uri')).toBe(`${one}/`)
    expect(await browser.context.cookies(one)).toEqual([])
    expect(await call(page)).toBe(401)
    expect(application.faults).toEqual([])
  })

  const call = (page: Page, headers: Record<string, string> = {}) =>
    page.evaluate(
      async (headers) => (await fetch('/interaction/greet', { method: 'POST', headers })).status,
      headers,
    )
})

/** Without it a developer's run skips this; CI fails. */
function hasOpenSSL(): boolean {
  if (spawnSync('openssl', ['version']).status === 0) return true
  if (process.env.CI) throw new Error('openssl is missing')
  console.warn('\n*** SKIPPED: no openssl found, the test behind a reverse proxy did not run. ***\n')
  return false
}

/** A certificate that nobody trusts, for as long as the test runs. */
async function selfSigned(): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'interaqt-logto-certificate-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:*.localhost']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  try {
    await promisify(execFile)('openssl', [
      ...['req', '-x509', ...curve, '-nodes', '-days', '1', ...names],
      ...['-keyout', key, '-out', cert],
    ])
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
