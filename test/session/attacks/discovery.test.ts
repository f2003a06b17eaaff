import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSession, type SessionOptions } from '../../../src/session/index.js'
import { ALICE, BASE_URL, browserOf, createApplication, SECRET, signedIn } from '../support/application.js'
import { call, codeOf, later } from '../support/attack.js'
import { logto } from '../support/logto.js'

/** The attacker's server, and what came to it. */
let evil: string
let caught: string[]
let server: Server

beforeAll(async () => {
  server = createServer((request, response) => {
    caught.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  evil = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
beforeEach(() => {
  caught = []
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

type Endpoint =
  | 'authorization_endpoint'
  | 'token_endpoint'
  | 'end_session_endpoint'
  | 'revocation_endpoint'
  | 'jwks_uri'
  | 'issuer'

/** A fetch that changes the discovery document on its way, and notes where every other request goes. */
function changing(members: () => Partial<Record<Endpoint, unknown>>, asked: string[] = []): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    if (!String(input).includes('openid-configuration')) {
      asked.push(`${init?.method ?? 'GET'} ${String(input)}`)
      return response
    }
    return Response.json({ ...(await response.json()), ...members() })
  }
}

const spellings: [string, (path: string) => string][] = [
  ['two slashes', (path) => `${logto.url}//${evil}${path}`],
  ['three slashes', (path) => `${logto.url}///${evil}${path}`],
  ['a slash and a backslash', (path) => `${logto.url}/\\${evil}${path}`],
  ['two backslashes', (path) => `${logto.url}\\\\${evil}${path}`],
  ['a dot between slashes', (path) => `${logto.url}/.//${evil}${path}`],
  ['dots that lead up', (path) => `${logto.url}/oidc/..//${evil}${path}`],
  ['a tab between slashes', (path) => `${logto.url}/\t/${evil}${path}`],
  ['encoded slashes', (path) => `${logto.url}/%2f%2f${evil}${path}`],
  ['slashes and a user', (path) => `${logto.url}//logto@${evil}${path}`],
  ['another host and two slashes', (path) => `http://${evil}//${evil}${path}`],
]

/** The host alone is another: it is ignored, as behind Docker and proxies. */
const hosts: [string, (path: string) => string][] = [
  ['another host', (path) => `http://${evil}${path}`],
  ['another host, by https', (path) => `https://${evil}${path}`],
  ['another host, with a user', (path) => `http://${logto.url.slice(7)}@${evil}${path}`],
  ['another host, without slashes', (path) => `http:${evil}${path}`],
]

const schemes: [string, (path: string) => string][] = [
  ['javascript:', (path) => `javascript://${evil}${path}/%0aalert(1)`],
  ['data:', (path) => `data:text/html,<script>location='http://${evil}${path}'</script>`],
  ['blob:', (path) => `blob:http://${evil}${path}`],
  ['file:', (path) => `file://${evil}${path}`],
  ['a scheme-relative reference', (path) => `//${evil}${path}`],
]

describe.each<[string, () => Partial<SessionOptions>]>([
  ['the issuer discovered', () => ({})],
  ['the issuer pinned', () => ({ issuer: `${logto.url}/oidc` })],
])('a discovery document that leads elsewhere, with %s', (_, options) => {
  const started = (members: () => Partial<Record<Endpoint, unknown>>, asked?: string[]) =>
    createApplication(logto.url, { ...options(), fetch: changing(members, asked) })

  it.each([...spellings, ...hosts])(
    'authorization_endpoint, %s: the browser is sent to Logto',
    async (_, urlOf) => {
      const application = started(() => ({ authorization_endpoint: urlOf('/oidc/auth') }))
      const answer = await browserOf(application).request(`${BASE_URL}/auth/sign-in`)
      expect(new URL(answer.headers.get('location') ?? '').origin).toBe(logto.url)
    },
  )

  it.each(schemes)('authorization_endpoint, %s: the browser is sent nowhere', async (_, urlOf) => {
    const application = started(() => ({ authorization_endpoint: urlOf('/oidc/auth') }))
    const answer = await browserOf(application).request(`${BASE_URL}/auth/sign-in`)
    expect(answer.headers.get('location')).toBe(`${BASE_URL}/?auth_error=logto_unavailable`)
    expect(String(application.faults[0])).toContain('"authorization_endpoint", or has no http(s) URL there')
  })

  it.each(spellings)('token_endpoint, %s: code and secret stay with Logto', async (_, urlOf) => {
    const asked: string[] = []
    const application = started(() => ({ token_endpoint: urlOf('/oidc/token') }), asked)
    const { url } = await browserOf(application).open(`${BASE_URL}/auth/sign-in`, ALICE)
    // Logto has nothing at that path.
    expect(url).toBe(`${BASE_URL}/?auth_error=logto_unavailable`)
    expect(asked.filter((request) => request.startsWith(`POST ${logto.url}/`))).toHaveLength(1)
    expect(caught).toEqual([])
  })

  it.each(hosts.slice(0, 3))(
    'every endpoint, %s: signs in, refreshes and signs out at Logto',
    async (_, urlOf) => {
      const members = () => ({
        authorization_endpoint: urlOf('/oidc/auth'),
        token_endpoint: urlOf('/oidc/token'),
        end_session_endpoint: urlOf('/oidc/session/end'),
        revocation_endpoint: urlOf('/oidc/token/revocation'),
        jwks_uri: urlOf('/oidc/jwks'),
      })
      const browser = await signedIn(started(members))
      expect((await call(browser)).status).toBe(200)
      later(3_600)
      expect((await call(browser)).status).toBe(200)
      const answer = await browser.post(`${BASE_URL}/auth/sign-out`)
      expect(new URL((await answer.json()).url).origin).toBe(logto.url)
      expect(caught).toEqual([])
    },
  )

  it.each(schemes)('token_endpoint, %s: nothing is sent', async (_, urlOf) => {
    const asked: string[] = []
    const application = started(() => ({ token_endpoint: urlOf('/oidc/token') }), asked)
    const answer = await browserOf(application).request(`${BASE_URL}/auth/sign-in`)
    expect(answer.headers.get('location')).toBe(`${BASE_URL}/?auth_error=logto_unavailable`)
    expect(asked).toEqual([])
    expect(caught).toEqual([])
  })

  it.each(spellings)(
    'after the sign-in, %s: refresh, revocation and sign-out stay with Logto',
    async (_, urlOf) => {
      let isEvil = false
      const asked: string[] = []
      const application = started(
        () =>
          isEvil
            ? {
                token_endpoint: urlOf('/oidc/token'),
                revocation_endpoint: urlOf('/oidc/token/revocation'),
                end_session_endpoint: urlOf('/oidc/session/end'),
              }
            : {},
        asked,
      )
      const browser = await signedIn(application)
      isEvil = true
      later(3_600)
      expect(await codeOf(await call(browser))).toBe('503 logto_unavailable')
      const answer = await browser.post(`${BASE_URL}/auth/sign-out`)
      expect(new URL((await answer.json()).url).origin).toBe(logto.url)
      expect(asked.some((request) => request.includes('/token/revocation'))).toBe(true)
      for (const request of asked) expect(new URL(request.split(' ')[1] ?? '').origin).toBe(logto.url)
      expect(caught).toEqual([])
    },
  )
})

describe('a discovery document of another issuer', () => {
  it.each(['https://evil.example/oidc', 'http://localhost/oidc', ''])(
    'than the pinned one signs nobody in: %j',
    async (issuer) => {
      const application = createApplication(logto.url, {
        issuer: `${logto.url}/oidc`,
        fetch: changing(() => ({ issuer })),
      })
      const answer = await browserOf(application).request(`${BASE_URL}/auth/sign-in`)
      expect(answer.headers.get('location')).toBe(`${BASE_URL}/?auth_error=logto_unavailable`)
      if (issuer) {
        expect(String(application.faults[0])).toContain(`Expected the issuer "${logto.url}/oidc" in`)
        expect(String(application.faults[0])).toContain(`got "${issuer}"`)
      }
    },
  )

  it('that comes later ends no session, and is not followed', async () => {
    let members = {}
    const application = createApplication(logto.url, {
      issuer: `${logto.url}/oidc`,
      fetch: changing(() => members),
    })
    const browser = await signedIn(application)
    members = { issuer: 'https://evil.example/oidc', authorization_endpoint: `http://${evil}/oidc/auth` }
    later(3_600)
    expect((await call(browser)).status).toBe(200)
    const answer = await browserOf(application).request(`${BASE_URL}/auth/sign-in`)
    expect(new URL(answer.headers.get('location') ?? '').origin).toBe(logto.url)
  })

  it.each(['javascript://x/oidc', 'data:text/html,x', 'urn:logto', 'logto', 1, null])(
    'that is no http(s) URL sends the browser nowhere: %j',
    async (issuer) => {
      const application = createApplication(logto.url, { fetch: changing(() => ({ issuer })) })
      const answer = await browserOf(application).request(`${BASE_URL}/auth/sign-in`)
      expect(answer.headers.get('location')).toBe(`${BASE_URL}/?auth_error=logto_unavailable`)
    },
  )
})

describe('configured URLs', () => {
  const options = () => ({
    logtoEndpoint: logto.url,
    appId: 'app',
    appSecret: 'secret',
    cookieSecret: SECRET,
    baseUrl: BASE_URL,
  })

  it.each(['logtoEndpoint', 'baseUrl', 'interaqtEndpoint', 'issuer'])(
    'with a doubled slash or a user are refused: %s',
    (name) => {
      for (const url of [
        `${BASE_URL}//${evil}`,
        `${BASE_URL}/\\${evil}`,
        `http://app@${evil}`,
        `http:${evil}`,
      ]) {
        expect(() => createSession({ ...options(), [name]: url }), url).toThrow(
          `createSession: ${name} must be`,
        )
      }
    },
  )

  it('may be spelt otherwise than URLs are parsed: the document is read with the same care', async () => {
    const asked: string[] = []
    const application = createApplication(logto.url.replace('http://', 'HTTP://'), {
      fetch: changing(() => ({ token_endpoint: `http://${evil}/oidc/token` }), asked),
    })
    await signedIn(application)
    expect(caught).toEqual([])
    expect(asked).toContain(`POST ${logto.url}/oidc/token`)
  })
})

it('an answer of the token endpoint that is a gzip bomb is read up to its limit', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1_048_576, ' '))
  const bombs = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb),
  )
  await new Promise<void>((resolve) => bombs.listen(0, '127.0.0.1', resolve))
  const address = bombs.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  let read = 0
  const application = createApplication(logto.url, {
    fetch: async (input, init) => {
      if (!String(input).endsWith('/oidc/token')) return fetch(input, init)
      const response = await fetch(url, init)
      const counted = response.body?.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            read += chunk.byteLength
            controller.enqueue(chunk)
          },
        }),
      )
      return new Response(counted, { status: response.status })
    },
  })
  const { url: end } = await browserOf(application).open(`${BASE_URL}/auth/sign-in`, ALICE)
  expect(end).toBe(`${BASE_URL}/?auth_error=logto_unavailable`)
  expect(String(application.faults[0])).toContain('/oidc/token answered with more than 262144 bytes')
  expect(read).toBeGreaterThan(262_144)
  expect(read).toBeLessThan(2 * 262_144)
  bombs.closeAllConnections()
  await new Promise((resolve) => bombs.close(resolve))
})
