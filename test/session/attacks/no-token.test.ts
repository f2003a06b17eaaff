import { createStorage } from 'unstorage'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { tokensIn } from '../../support/token-search.js'
import { BASE_URL, createApplication, SECRET, signedIn } from '../support/application.js'
import { call, codeOf, later } from '../support/attack.js'
import type { TestBrowser } from '../support/browser.js'
import { logto } from '../support/logto.js'

afterEach(() => vi.useRealTimers())

const SILENT = { info: () => {}, warn: () => {}, error: () => {} }

/** What must not reach the browser: whatever Logto answers at its token endpoint, and what is sent there. */
class Secrets {
  readonly values = new Set([SECRET])

  readonly fetch: typeof fetch = async (input, init) => {
    const sent = new URLSearchParams(String(init?.body ?? ''))
    this.#add(sent.get('code_verifier'), sent.get('client_secret'), sent.get('token'))
    const basic = /^Basic (.+)$/.exec(new Headers(init?.headers).get('authorization') ?? '')?.[1]
    this.#add(basic && Buffer.from(basic, 'base64').toString().split(':')[1])
    const response = await fetch(input, init)
    if (new URL(String(input)).pathname === '/oidc/token') {
      const { access_token, refresh_token, id_token } = Object(await response.clone().json())
      this.#add(access_token, refresh_token, id_token)
    }
    return response
  };

  /** Where a text has one of them, as it is or encoded. */
  in(text: string): string[] {
    const runs = text.match(/[\w+/-]{16,}/g) ?? []
    const decoded = runs.flatMap((run) => [Buffer.from(run, 'base64'), Buffer.from(run, 'hex')])
    const forms = [text, safelyDecoded(text), ...decoded.map((bytes) => bytes.toString('latin1'))]
    return forms.flatMap((form) => tokensIn(form, this.values))
  }

  #add(...values: unknown[]): void {
    for (const value of values) if (typeof value === 'string' && value) this.values.add(value)
  }
}

function safelyDecoded(text: string): string {
  return text.replace(/(%[\da-f]{2})+/gi, (found) => {
    try {
      return decodeURIComponent(found)
    } catch {
      return found
    }
  })
}

describe.each([
  ['in the cookie', undefined],
  ['in a store', createStorage()],
])('no token reaches the browser, sessions %s', (_, store) => {
  it('in headers, cookies and bodies, from the sign-in to the sign-out, refusals and failures included', async () => {
    const secrets = new Secrets()
    const options = { logger: SILENT, ...(store && { store }) }
    const application = createApplication(logto.url, { fetch: secrets.fetch, ...options })
    const browser = await signedIn(application)
    const beforeRenewal = secrets.values.size
    expect(await codeOf(await call(browser))).toBe('200')
    await browser.request(`${BASE_URL}/auth/me`)

    later(3_600)
    expect(await codeOf(await call(browser))).toBe('200')
    expect(secrets.values.size).toBeGreaterThanOrEqual(beforeRenewal + 2)

    await refusedIn(browser)
    const away = createApplication('http://127.0.0.1:1', options)
    later(10_800)
    browser.serve(BASE_URL, away.fetch)
    expect(await codeOf(await call(browser))).toBe('503 logto_unavailable')
    browser.serve(BASE_URL, application.fetch)
    await browser.post(`${BASE_URL}/auth/sign-out`)

    const answers = browser.seen.filter(({ url }) => url.startsWith(BASE_URL))
    expect(answers.length).toBeGreaterThan(12)
    const found = answers.filter(
      ({ url, headers, body }) => secrets.in([url, ...headers, body].join('\n'))[0],
    )
    expect(found.map(({ url }) => url)).toEqual([])
    // Tokens of both grants, the verifier of the code, the application's secret and the cookie's.
    expect(secrets.values.size).toBeGreaterThanOrEqual(7)
  })
})

async function refusedIn(browser: TestBrowser): Promise<void> {
  const headers = { origin: 'https://evil.example' }
  expect((await browser.request(`${BASE_URL}/other`, { method: 'POST', headers })).status).toBe(403)
  await browser.request(`${BASE_URL}/auth/sign-in?returnTo=/page`)
  const state = new URL(browser.seen.at(-1)?.headers.get('location') ?? '').searchParams.get('state')
  await browser.request(`${BASE_URL}/auth/callback?code=none&state=${state}`)
  await browser.request(`${BASE_URL}/auth/callback?error=access_denied&state=other`)
  await browser.post(`${BASE_URL}/auth/back-channel-logout`, { logout_token: 'none' })
  await browser.request(`${BASE_URL}/auth/sign-in?returnTo=https://evil.example/`)
}

it('the search finds a token that is encoded', () => {
  const secrets = new Secrets()
  const token = 'QmFzZTY0-opaque_refresh.token+1'
  secrets.values.add(token)
  const forms = [
    token,
    encodeURIComponent(token),
    Buffer.from(token).toString('base64'),
    Buffer.from(JSON.stringify({ refreshToken: token })).toString('base64url'),
    Buffer.from(token).toString('hex'),
  ]
  expect(forms.filter((form) => secrets.in(`a=${form};`).length === 0)).toEqual([])
})
