import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedLogto, RefusedRequest } from '../../src/embedded/index.js'
import { sendForm } from '../contract/http.js'
import { type AuthorizationParameters, Person, pkceOf } from '../contract/person.js'
import { REDIRECT_URI, RESOURCE, request, startLogto } from './logto.js'

let logto: EmbeddedLogto
const said: string[] = []

beforeAll(async () => {
  logto = await startLogto({ log: (line) => said.push(line) })
})
beforeEach(() => {
  said.length = 0
})
afterAll(() => logto.close())

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

function visit(parameters: AuthorizationParameters, headers: Record<string, string> = BROWSER) {
  const query = Object.entries(request({ ...pkceOf('v'.repeat(43)), ...parameters }))
  const url = new URLSearchParams(query.flatMap(([name, value]) => (value ? [[name, String(value)]] : [])))
  return new Person(logto.url).visit(`/oidc/auth?${url}`, { headers })
}

describe('a refused request in a browser', () => {
  it.each<[string, AuthorizationParameters, string[], string]>([
    [
      'a redirect URI',
      { redirect_uri: 'http://127.0.0.1:5174/callback' },
      [
        'This redirect URI is not registered',
        'http://127.0.0.1:5174/callback',
        REDIRECT_URI,
        'Demo &lt;app&gt;',
      ],
      "startEmbeddedLogto({ applications: [{ id: 'spa', redirectUris: ['http://127.0.0.1:5174/callback'] }] })",
    ],
    [
      'a resource',
      { resource: 'http://127.0.0.1:4000/other' },
      ['This API resource is not registered', 'http://127.0.0.1:4000/other', RESOURCE],
      "startEmbeddedLogto({ resources: [{ indicator: 'http://127.0.0.1:4000/other' }] })",
    ],
    [
      'a resource with a slash too many',
      { resource: `${RESOURCE}/` },
      [`It differs from ${RESOURCE} only in the slash at its end.`],
      `new Client({ resource: '${RESOURCE}' })`,
    ],
    [
      'an application',
      { client_id: 'my-spa' },
      ['There is no such application', 'my-spa', '<code>spa</code>'],
      "new Client({ appId: 'spa' })",
    ],
  ])('is a page about %s, and a line in the log', async (_, parameters, words, line) => {
    const answer = await visit(parameters)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toContain('text/html')
    const page = String(answer.body)
    for (const word of words) expect(page).toContain(word)
    expect(page.replaceAll('&#39;', "'")).toContain(line)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(line)
    expect(said[0]).not.toContain('\n')
  })

  it('is a page about a sign-out that would lead to an unregistered page', async () => {
    const query = new URLSearchParams({ client_id: 'spa', post_logout_redirect_uri: 'http://other.example/' })
    const answer = await new Person(logto.url).visit(`/oidc/session/end?${query}`, { headers: BROWSER })
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('This sign-out redirect URI is not registered')
    expect(answer.body).toContain('http://127.0.0.1:5173/')
    expect(said.join()).toContain("postLogoutRedirectUris: ['http://other.example/']")
  })

  it('is a page for what else Logto refuses', async () => {
    const answer = await visit({ client_id: undefined })
    expect(answer.body).toContain('Logto refused this request')
    expect(answer.body).toContain('client_id')
  })

  it('escapes what came', async () => {
    const answer = await visit({ redirect_uri: 'http://x.example/"><script>alert(1)</script>' })
    expect(answer.body).not.toContain('<script')
    expect(answer.body).toContain('&lt;script&gt;')
  })

  it('names no control character in the log, and cuts what is long', async () => {
    await visit({ client_id: `x\u001b[31m\u009b\n${'y'.repeat(5_000)}` })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(said[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    expect(said[0]?.length).toBeLessThan(800)
  })

  it('leads on to the application with the error that a real Logto sends there', async () => {
    const answer = await visit({ resource: 'http://127.0.0.1:4000/other' })
    const href = /<a href="([^"]+)"/.exec(String(answer.body))?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(href.startsWith(REDIRECT_URI)).toBe(true)
    expect(new URL(href).searchParams.get('error')).toBe('invalid_target')
  })
})

describe('a refused request of another client', () => {
  it.each([{ accept: 'application/json' }, { accept: '*/*' }])('gets JSON: %o', async (headers) => {
    const answer = await visit({ client_id: 'my-spa' }, headers)
    expect(answer.status).toBe(400)
    expect(answer.fields).toMatchObject({ code: 'oidc.invalid_client', error: 'invalid_client' })
    expect(said).toHaveLength(1)
  })

  it.each<[string, Record<string, string>, AuthorizationParameters]>([
    ['which asks for no page', { accept: '*/*' }, {}],
    ['in a frame', { ...BROWSER, 'sec-fetch-dest': 'iframe' }, {}],
    ['which asks for silence', BROWSER, { prompt: 'none' }],
  ])('%s is led back to the application', async (_, headers, parameters) => {
    const answer = await visit({ resource: 'http://127.0.0.1:4000/other', ...parameters }, headers)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toContain('error=invalid_target')
    expect(said).toHaveLength(1)
  })
})

describe('the log', () => {
  it('names the application whose secret is wrong, and no secret', async () => {
    const form = { grant_type: 'client_credentials', client_id: 'machine', client_secret: 'not-the-secret' }
    expect((await sendForm(`${logto.url}/oidc/token`, form)).fields.error).toBe('invalid_client')
    expect(said).toEqual([
      "Refused: wrong client_secret of application 'machine'. To change: startEmbeddedLogto({ applications: [{ id: 'machine', secret: … }] })",
    ])
  })

  it('names a resource that a machine asks for in vain', async () => {
    const form = { grant_type: 'client_credentials', client_id: 'machine', client_secret: 'machine-secret' }
    await sendForm(`${logto.url}/oidc/token`, { ...form, resource: `${RESOURCE}/` })
    expect(said).toEqual([expect.stringContaining(`resource '${RESOURCE}/' of application 'machine'`)])
  })

  it('names an origin that may not fetch tokens', async () => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'spa', refresh_token: 'x' })
    await fetch(`${logto.url}/oidc/token`, {
      method: 'POST',
      headers: { origin: 'http://localhost:9' },
      body,
    })
    expect(said).toEqual([expect.stringContaining("corsAllowedOrigins: ['http://localhost:9']")])
  })

  it('names other refusals by their reason, without the token', async () => {
    const form = { grant_type: 'refresh_token', client_id: 'spa', refresh_token: 'a-token-of-somebody' }
    await sendForm(`${logto.url}/oidc/token`, form)
    expect(said).toEqual([expect.stringContaining("by application 'spa': invalid_grant")])
    expect(said[0]).not.toContain('a-token-of-somebody')
  })

  it('is silent about what is no mistake', async () => {
    await visit({ prompt: 'none' })
    expect(said).toEqual([])
  })
})

describe('remedyFor', () => {
  it('says the line to change instead', async () => {
    const refusals: RefusedRequest[] = []
    const other = await startLogto({
      log: (line) => said.push(line),
      remedyFor: (refused) => {
        refusals.push(refused)
        return 'change .env'
      },
    })
    const query = new URLSearchParams({ client_id: 'nope', response_type: 'code' })
    const page = await new Person(other.url).visit(`/oidc/auth?${query}`, { headers: BROWSER })
    await other.close()
    expect(page.body).toContain('<code>change .env</code>')
    expect(said.at(-1)).toContain('To change: change .env')
    expect(refusals[0]).toEqual({
      what: 'client_id',
      sent: 'nope',
      registered: ['spa'],
      application: undefined,
    })
  })
})
