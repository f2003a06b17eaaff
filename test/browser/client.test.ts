import LogtoClient, { BrowserStorage } from '@logto/browser'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client, type ClientOptions, SignInError } from '../../src/browser/index.js'
import { shareTokens } from '../../src/browser/token-storage.js'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { TestBrowser } from '../session/support/browser.js'
import { foreignPages } from '../support/foreign-pages.js'
import { freePort } from '../support/free-port.js'
import { serveApi, type TestApi } from './site.js'
import { openTab, type Tab } from './tab.js'

const ORIGIN = 'http://app.test'
const ALICE = { username: 'alice', password: 'correct-horse-9' }

let logto: EmbeddedLogto
let api: TestApi
let tab: Tab
let person: TestBrowser

beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  api = await serveApi()
  logto = await startEmbeddedLogto({
    port: await freePort(),
    log: () => undefined,
    reuseWindowSeconds: 0,
    users: [ALICE],
    applications: [
      {
        id: 'spa',
        name: 'Frontend',
        type: 'SPA',
        redirectUris: [`${ORIGIN}/callback`],
        postLogoutRedirectUris: [ORIGIN],
      },
    ],
    resources: [{ indicator: `${api.url}/interaction` }, { indicator: 'https://other.example' }],
    organizations: [{ id: 'acme', name: 'Acme', members: { alice: [] } }],
  })
})
afterAll(async () => {
  await Promise.all([logto, api].map((site) => site?.close()))
  vi.restoreAllMocks()
})
beforeEach(() => {
  tab = openTab(`${ORIGIN}/`)
  person = new TestBrowser()
  person.serve(ORIGIN, () => new Response('the page'))
})
afterEach(() => {
  logto.faults.clear()
  Object.assign(api, { calls: [], answer: undefined })
  vi.unstubAllGlobals()
})

const make = (options: Partial<ClientOptions> = {}) =>
  new Client({ logtoEndpoint: logto.url, appId: 'spa', interaqtEndpoint: api.url, ...options })

/** Signs in as far as the browser has come back to the page. */
async function comeBack(client: Client, start = () => client.signIn(`${ORIGIN}/callback`)): Promise<void> {
  await start()
  tab.href = (await person.open(tab.visited.at(-1) ?? '', ALICE)).url
}

async function signedIn(options?: Partial<ClientOptions>): Promise<Client> {
  const client = make(options)
  await comeBack(client)
  await client.handleCallback()
  return client
}

const claimsOf = (token: string) => JSON.parse(atob(token.split('.')[1] ?? ''))

describe('new Client', () => {
  it('takes the original Logto guide’s arguments, and asks for the resource and a refresh token', async () => {
    const client = new Client(logto.url, 'spa', `${api.url}/`)
    await client.signIn(new URL(`${ORIGIN}/callback`))
    const { searchParams } = new URL(tab.visited[0] ?? '')
    expect(searchParams.getAll('resource')).toEqual([`${api.url}/interaction`])
    expect(searchParams.get('scope')?.split(' ')).toEqual(['openid', 'offline_access', 'profile'])
    expect(searchParams.get('prompt')).toBe('consent')
    expect(client.resource).toBe(`${api.url}/interaction`)
  })

  it('takes options', async () => {
    const client = make({
      resource: 'https://api.example',
      resources: ['https://other.example'],
      scopes: ['email'],
    })
    await client.signIn({ redirectUri: `${ORIGIN}/callback`, firstScreen: 'register' })
    const { searchParams } = new URL(tab.visited[0] ?? '')
    expect(searchParams.getAll('resource')).toEqual(['https://api.example', 'https://other.example'])
    expect(searchParams.get('scope')).toContain('email')
    expect(searchParams.get('first_screen')).toBe('register')
  })

  it('refuses what cannot work', () => {
    expect(() => new Client('logto', 'spa', api.url)).toThrow(
      'new Client: logtoEndpoint must be an absolute http(s) URL, got "logto"',
    )
    expect(() => new Client(logto.url, 'spa', '')).toThrow('interaqtEndpoint is empty: set INTERAQT_ENDPOINT')
    expect(() => new Client(logto.url, '', api.url)).toThrow('appId is empty: set LOGTO_SPA_APP_ID')
  })

  it('can be made where there is no page, as in server-side rendering', async () => {
    vi.unstubAllGlobals()
    const client = make()
    client.onAuthChange(() => undefined)
    await expect(client.isAuthenticated()).resolves.toBe(false)
    await expect(client.post('/x')).rejects.toMatchObject({ code: 'signed_out' })
  })
})

describe('signing in', () => {
  it('completes once, and says who it is', async () => {
    const client = make()
    const changes = vi.fn()
    const end = client.onAuthChange(changes)
    await comeBack(client)
    expect(await client.getClaims()).toMatchObject({ username: 'alice' })
    expect(tab.href).toBe(`${ORIGIN}/callback`)
    expect(changes.mock.calls).toEqual([[true]])
    expect(await client.handleCallback()).toBe(true)
    expect(await client.handleCallback()).toBe(false)
    expect(await client.getUser()).toMatchObject({ username: 'alice' })

    end()
    await client.client.clearAllTokens()
    expect(changes).toHaveBeenCalledTimes(1)
    expect(await client.getClaims()).toBeUndefined()
  })

  it('completes by the call of the SDK too', async () => {
    const client = make()
    await comeBack(client, () => client.client.signIn(`${ORIGIN}/callback`))
    const url = tab.href
    await Promise.all([client.client.handleSignInCallback(url), client.client.handleSignInCallback(url)])
    await expect(client.client.isAuthenticated()).resolves.toBe(true)
    await expect(client.client.getAccessToken(client.resource)).resolves.toMatch(/^ey/)
  })

  it('is a LogtoClient, whose ID tokens can be verified by another verifier', async () => {
    const client = make()
    const verifyIdToken = vi.fn().mockResolvedValue(undefined)
    client.client.setJwtVerifier({ verifyIdToken })
    await comeBack(client)
    await client.handleCallback()
    expect(verifyIdToken).toHaveBeenCalledOnce()
    expect(client.client).toBeInstanceOf(LogtoClient)
  })

  it('notices another tab', async () => {
    const client = make()
    const changes = vi.fn()
    client.onAuthChange(changes)
    tab.storageEvent('logto:spa:idToken', null, 'one')
    tab.storageEvent('logto:spa:idToken', 'one', 'renewed')
    tab.storageEvent('logto:spa:accessToken', 'one', null)
    tab.storageEvent('logto:spa:idToken', 'renewed', null)
    expect(changes.mock.calls).toEqual([[true], [false]])
  })

  it('ends here and at Logto', async () => {
    const client = await signedIn()
    await client.signOut(ORIGIN)
    expect(tab.visited.at(-1)).toContain('/oidc/session/end')
    expect(await client.isAuthenticated()).toBe(false)
  })

  /** Logto's answer to the refresh token that the page holds now, after a refresh that shows that it can be renewed. */
  const keepRefreshToken = async (client: Client) => {
    await client.getAccessToken({ forceRefresh: true })
    const kept = tab.local.getItem('logto:spa:refreshToken')
    if (!kept) throw new Error('The page holds no refresh token')
    return () =>
      fetch(`${logto.url}/oidc/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'spa', refresh_token: kept }),
      })
  }

  it('ends the refresh token at Logto, before the page leaves', async () => {
    const client = await signedIn()
    const refresh = await keepRefreshToken(client)
    await client.signOut(ORIGIN)
    // The tab only notes where it would go, so it is not the end of Logto's session that did it.
    const answer = await refresh()
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('ends here also when the revocation fails, which leaves the refresh token alive', async () => {
    const client = await signedIn()
    const refresh = await keepRefreshToken(client)
    const { fetch: realFetch } = globalThis
    const failing = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementation((input, init) =>
        String(input).includes('/revocation')
          ? Promise.reject(new TypeError('fetch failed'))
          : realFetch(input, init),
      )
    await client.signOut(ORIGIN)
    expect(failing.mock.calls.some(([input]) => String(input).includes('/revocation'))).toBe(true)
    failing.mockRestore()
    expect(tab.visited.at(-1)).toContain('/oidc/session/end')
    expect(await client.isAuthenticated()).toBe(false)
    expect((await refresh()).status).toBe(200)
  })

  it('ends with the click that onClick={client.signOut} would pass, and sends it nowhere', async () => {
    const client = await signedIn()
    await Reflect.apply(client.signOut, client, [new Event('click')])
    const end = new URL(tab.visited.at(-1) ?? '')
    expect(end.pathname).toBe('/oidc/session/end')
    expect(end.searchParams.has('post_logout_redirect_uri')).toBe(false)
    expect(await client.isAuthenticated()).toBe(false)
  })

  it('ends here when Logto is not there', async () => {
    const client = await signedIn()
    const unreachable = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
    await expect(make().signOut()).rejects.toMatchObject({ code: 'logto_unreachable' })
    unreachable.mockRestore()
    expect(await client.isAuthenticated()).toBe(false)
  })

  it('is refused without WebCrypto', async () => {
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes })
    await expect(make().signIn(`${ORIGIN}/callback`)).rejects.toMatchObject({ code: 'insecure_context' })
  })
})

describe('handleCallback', () => {
  /** An address that the browser came back to, not completed. */
  const back = async (client: Client, changes: Record<string, string | undefined>) => {
    await comeBack(client)
    const url = new URL(tab.href)
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) url.searchParams.delete(name)
      else url.searchParams.set(name, value)
    }
    tab.href = url.href
  }

  it.each([
    ['a foreign state', { state: 'foreign' }, 'state_mismatch'],
    ['a code that is used up', { code: 'used-up' }, 'code_expired'],
    [
      'a refusal',
      { code: undefined, error: 'invalid_target', error_description: 'unknown' },
      'sign_in_refused',
    ],
    ['a refusal without a word', { code: undefined, error: 'invalid_target' }, 'sign_in_refused'],
    ['a cancelled sign-in', { code: undefined, error: 'access_denied' }, 'cancelled'],
  ])('says what to show for %s, and cleans the address', async (_, changes, code) => {
    const client = make()
    await back(client, changes)
    await expect(client.handleCallback()).rejects.toMatchObject({ name: 'SignInError', code })
    expect(tab.href).toBe(`${ORIGIN}/callback`)
    expect(await client.handleCallback()).toBe(false)
  })

  describe('of an answer that does not name this Logto as its issuer (RFC 9207)', () => {
    const cases: [string, (answer: URLSearchParams, iss: string) => void][] = [
      ['another one (mix-up)', (answer) => answer.set('iss', 'https://evil.example/oidc')],
      ['none', (answer) => answer.delete('iss')],
      ['an empty one', (answer) => answer.set('iss', '')],
      ['with a slash more', (answer, iss) => answer.set('iss', `${iss}/`)],
      ['as a part of another', (answer, iss) => answer.set('iss', `${iss}.evil.example`)],
      ['and then another one', (answer) => answer.append('iss', 'https://evil.example/oidc')],
      [
        'after another one',
        (answer, iss) => {
          answer.set('iss', 'https://evil.example/oidc')
          answer.append('iss', iss)
        },
      ],
      [
        'another one, with an error',
        (answer) => {
          answer.delete('code')
          answer.set('error', 'access_denied')
          answer.set('iss', 'https://evil.example/oidc')
        },
      ],
    ]

    it.each(cases)('%s: refused, and the sign-in is over', async (_, change) => {
      const warn = vi.spyOn(console, 'warn')
      const client = make()
      await comeBack(client)
      const url = new URL(tab.href)
      change(url.searchParams, `${logto.url}/oidc`)
      tab.href = url.href
      const failure = await client.handleCallback().catch((error) => error)
      expect(failure).toMatchObject({ name: 'SignInError', code: 'sign_in_refused' })
      expect(failure.hint).toMatch(/^Logto answers wrong iss: ".*", not http:.*\/oidc$/)
      expect(warn).toHaveBeenCalledWith(`interaqt-logto: ${failure.hint}`)
      expect(tab.session.getItem('logto:spa:signInSession')).toBeNull()
      expect(await client.isAuthenticated()).toBe(false)
    })

    it('none, with an error and a code: the error counts, and the code is not exchanged', async () => {
      const client = make()
      await back(client, { iss: undefined, error: 'access_denied' })
      await expect(client.handleCallback()).rejects.toMatchObject({ code: 'cancelled' })
      expect(await client.isAuthenticated()).toBe(false)
    })

    it('none, of a Logto that does not promise to name itself: accepted', async () => {
      const { fetch } = globalThis
      vi.stubGlobal('fetch', async (...args: Parameters<typeof fetch>) => {
        const answer = await fetch(...args)
        if (!String(args[0]).endsWith('/openid-configuration')) return answer
        const document = await answer.json()
        return Response.json({ ...document, authorization_response_iss_parameter_supported: undefined })
      })
      const client = make()
      await back(client, { iss: undefined })
      expect(await client.handleCallback()).toBe(true)
    })
  })

  it('throws the failure that isAuthenticated has met', async () => {
    const client = make()
    await back(client, { code: undefined, error: 'access_denied' })
    const warn = vi.spyOn(console, 'warn')
    expect(await client.isAuthenticated()).toBe(false)
    expect(warn).toHaveBeenCalledWith('interaqt-logto: The sign-in was cancelled.')
    await expect(client.handleCallback()).rejects.toMatchObject({ code: 'cancelled' })
    expect(await client.handleCallback()).toBe(false)
  })

  it('can be tried again when Logto gave no answer', async () => {
    const client = make()
    await comeBack(client)
    logto.faults.endpoint('token', { status: 503, times: 1 })
    expect(await client.isAuthenticated()).toBe(false)
    expect(await client.handleCallback()).toBe(true)
  })

  it('leaves the callback of something else alone', async () => {
    const client = await signedIn()
    tab.href = `${ORIGIN}/callback?code=of-github&state=of-github`
    expect(await client.handleCallback()).toBe(false)
    expect(tab.href).toContain('of-github')
    expect(await client.handleCallback(`${ORIGIN}/callback`)).toBe(false)
  })

  it('only cleans the address when somebody is signed in already', async () => {
    const client = await signedIn()
    const iss = `${logto.url}/oidc`
    tab.href = `${ORIGIN}/callback?code=old&state=old&mine=1&iss=${encodeURIComponent(iss)}`
    expect(await client.handleCallback()).toBe(false)
    expect(tab.href).toBe(`${ORIGIN}/callback?mine=1`)
  })

  it('completes an address that is not the page’s', async () => {
    const client = make()
    await comeBack(client)
    const { href } = tab
    tab.href = `${ORIGIN}/elsewhere?code=mine`
    expect(await client.handleCallback(href)).toBe(true)
    expect(tab.href).toBe(`${ORIGIN}/elsewhere?code=mine`)
  })

  it('ends with an error for people when another tab has taken over meanwhile', async () => {
    const client = make()
    await comeBack(client)
    const { fetch } = globalThis
    vi.spyOn(globalThis, 'fetch').mockImplementationOnce(async (input, init) => {
      const answer = await fetch(input, init)
      const other = shareTokens(new BrowserStorage('spa'), 'interaqt-logto:spa', () => undefined)
      await other.untilCurrent()
      await other.storage.setItem('refreshToken', 'of-the-other-tab')
      return answer
    })
    await expect(client.handleCallback()).rejects.toMatchObject({
      name: 'SignInError',
      code: 'session_ended',
    })
    expect(tab.local.getItem('logto:spa:refreshToken')).toBe('of-the-other-tab')
  })

  it('returns to where the person was, within this origin', async () => {
    const client = make()
    await comeBack(client, () => client.signIn({ redirectUri: `${ORIGIN}/callback`, returnTo: '/inbox#2' }))
    await client.handleCallback()
    expect(tab.visited.at(-1)).toBe(`${ORIGIN}/inbox#2`)
    const foreign = { redirectUri: `${ORIGIN}/callback`, returnTo: 'https://elsewhere.example' }
    await expect(client.signIn(foreign)).rejects.toThrow(/^Not of /)
  })
})

describe('returnTo', () => {
  const pathOf = (returnTo: string | URL) => {
    const client = make()
    return client.signIn({ redirectUri: `${ORIGIN}/callback`, returnTo })
  }

  it.each(foreignPages(ORIGIN))('refuses %j, before anything is asked of Logto', async (returnTo) => {
    await expect(pathOf(returnTo)).rejects.toThrow(new TypeError(`Not of ${ORIGIN}: ${returnTo}`))
    expect(tab.visited).toEqual([])
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'blob:null/x'])(
    'refuses %j also on a page without an origin, whose origin is "null" as well',
    async (returnTo) => {
      vi.stubGlobal('location', { href: 'about:srcdoc', origin: 'null' })
      await expect(pathOf(returnTo)).rejects.toThrow(/^Not of /)
    },
  )

  it.each([
    ['/inbox?x=1#2', '/inbox?x=1#2'],
    ['inbox', '/inbox'],
    ['', '/'],
    ['/.//evil.example', '//evil.example'],
    ['http:inbox', '/inbox'],
    ['HTTP://APP.TEST:80/inbox', '/inbox'],
    ['\uff0f\uff0fevil.example', '/%EF%BC%8F%EF%BC%8Fevil.example'],
    [new URL(`${ORIGIN}/inbox`), '/inbox'],
  ])('takes %j', async (returnTo, path) => {
    await pathOf(returnTo)
    const started = JSON.parse(tab.session.getItem('logto:spa:signInSession') ?? '{}')
    if (returnTo !== '') expect(started.postRedirectUri).toBe(`${ORIGIN}${path}`)
    else expect(started.postRedirectUri).toBeUndefined()
  })
})

describe('calls', () => {
  it('are steps of an activity', async () => {
    const client = await signedIn()
    const step = { activity: 'friendship', activityId: 'a1' }
    await client.interact('accept', undefined, step)
    await client.post('/interaction/accept', step)
    for (const { body } of api.calls) expect(JSON.parse(body)).toEqual(step)
    expect(api.calls).toHaveLength(2)
  })

  it('need no sign-in for a user of local development', async () => {
    await make({ devUserId: 'alice' }).interact('x')
    await make({ devUserId: 'bob', devUserIdHeader: 'x-dev-user' }).fetch('/x')
    expect(api.calls.map(({ headers }) => [headers['x-user-id'], headers['x-dev-user']])).toEqual([
      ['alice', undefined],
      [undefined, 'bob'],
    ])
  })

  it('end after the timeout of the Client', async () => {
    api.answer = () => new Promise(() => {})
    const client = make({ devUserId: 'alice', timeoutMs: 30 })
    await expect(client.fetch('/x')).rejects.toMatchObject({ code: 'api_timeout' })
  })
})

describe('access tokens', () => {
  it('come for the resource, once for all who ask', async () => {
    const client = await signedIn({ resources: ['https://other.example'] })
    const tokens = await Promise.all([client.getAccessToken(), client.getAccessToken()])
    expect(new Set(tokens).size).toBe(1)
    expect(claimsOf(tokens[0]).aud).toBe(client.resource)
    expect(claimsOf(await client.getAccessToken({ resource: 'https://other.example' })).aud).toBe(
      'https://other.example',
    )
    await expect(client.getAccessToken()).resolves.toBe(tokens[0])
    await expect(client.getAccessToken({ forceRefresh: true })).resolves.not.toBe(tokens[0])
  })

  it('come for an organization', async () => {
    const client = await signedIn({ scopes: ['urn:logto:scope:organizations'] })
    const token = await client.getAccessToken({ organizationId: 'acme' })
    expect(claimsOf(token)).toMatchObject({ aud: client.resource, organization_id: 'acme' })
    await client.interact('x', {}, { organizationId: 'acme', query: { match: {} } })
    expect(api.calls[0]).toMatchObject({
      path: '/interaction/x',
      body: '{"payload":{},"query":{"match":{}}}',
    })
    expect(api.calls[0]?.headers.authorization).toBe(`Bearer ${token}`)
    await expect(client.getAccessToken({ organizationId: 'nope' })).rejects.toMatchObject({
      code: 'token_refused',
    })
    expect(await client.isAuthenticated()).toBe(true)
  })

  it('end with the session', async () => {
    const client = await signedIn()
    logto.faults.revokeGrants((await client.getClaims())?.sub ?? '')
    const [first, second] = await Promise.allSettled([
      client.getAccessToken({ forceRefresh: true }),
      client.getAccessToken({ forceRefresh: true }),
    ])
    expect(first).toMatchObject({ reason: { name: 'SignInError', code: 'session_ended' } })
    expect(second.status).toBe('rejected')
    expect(await client.isAuthenticated()).toBe(false)
    await expect(client.getUser()).rejects.toMatchObject({ code: 'signed_out' })
  })

  it('end when there is nothing to renew them with', async () => {
    const client = await signedIn()
    tab.local.removeItem('logto:spa:refreshToken')
    await expect(client.getAccessToken()).rejects.toBeInstanceOf(SignInError)
    expect(await client.isAuthenticated()).toBe(false)
  })

  it('survive a Logto that is not there', async () => {
    const client = await signedIn()
    const before = await client.getAccessToken()
    logto.faults.endpoint('token', { garbage: true, times: 1 })
    await expect(client.getAccessToken({ forceRefresh: true })).rejects.toMatchObject({
      code: 'logto_unavailable',
    })
    await expect(client.getAccessToken()).resolves.toBe(before)
  })

  it('are not brought back by a tab that slept', async () => {
    const client = await signedIn()
    await client.getAccessToken()
    // While this tab's refresh is under way, another one takes the lock over and stores newer tokens.
    const { fetch } = globalThis
    vi.spyOn(globalThis, 'fetch').mockImplementationOnce(async (input, init) => {
      const answer = await fetch(input, init)
      const other = shareTokens(new BrowserStorage('spa'), 'interaqt-logto:spa', () => undefined)
      await other.untilCurrent()
      const tokens = { [`@${client.resource}`]: { token: 'newer', scope: '', expiresAt: 9e9 } }
      await other.storage.setItem('accessToken', JSON.stringify(tokens))
      await other.storage.setItem('refreshToken', 'of-the-other-tab')
      return answer
    })
    await expect(client.getAccessToken({ forceRefresh: true })).resolves.toBe('newer')
    expect(tab.local.getItem('logto:spa:refreshToken')).toBe('of-the-other-tab')
  })
})
