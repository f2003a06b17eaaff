import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError, NetworkError, SignInError } from '../../../src/browser/index.js'
import { Client } from '../../../src/session/browser/index.js'
import { openTab, type Tab } from '../../browser/tab.js'
import { foreignPages } from '../../support/foreign-pages.js'

const ORIGIN = 'http://app.test'
const FLAG = 'interaqt-logto:signed-in'

let tab: Tab
/** What was sent to the server. */
let sent: Request[]

beforeEach(() => {
  tab = openTab(`${ORIGIN}/page`)
  sent = []
})
afterEach(() => vi.unstubAllGlobals())

/** Makes the server answer every request with this. */
function answer(body: unknown, status = 200): void {
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(request)
    return new Response(JSON.stringify(body), { status })
  })
}

const refusal = (code: string) => ({ error: { code, message: '' } })
const paths = () => sent.map(({ url }) => url.slice(ORIGIN.length))

describe('new Client', () => {
  it('asks the session at its path', async () => {
    answer({ isAuthenticated: true, user: { id: 'alice' } })
    expect(await new Client({ path: '/login' }).getUser()).toEqual({ id: 'alice' })
    expect(paths()).toEqual(['/login/me'])
    expect(tab.local.getItem(FLAG)).toBe('1')
  })

  it('calls the API at its endpoint', async () => {
    answer({})
    await new Client({ interaqtEndpoint: '/api/' }).post('/x')
    expect(paths()).toEqual(['/api/x'])
  })

  it('refuses an endpoint of another origin', () => {
    expect(() => new Client({ interaqtEndpoint: 'https://api.example' })).toThrow(TypeError)
  })

  it('ends a call after its timeout', async () => {
    vi.stubGlobal('fetch', (_: Request, { signal }: { signal: AbortSignal }) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    const client = new Client({ timeoutMs: 10 })
    await expect(client.post('/x')).rejects.toMatchObject({ code: 'api_timeout' })
  })
})

describe('signIn', () => {
  const target = async (...options: Parameters<Client['signIn']>) => {
    await new Client().signIn(...options)
    const { pathname, searchParams } = new URL(tab.visited.at(-1) ?? '', ORIGIN)
    return [pathname, Object.fromEntries(searchParams)]
  }

  it('comes back to the page that it left', async () => {
    expect(await target()).toEqual(['/auth/sign-in', { returnTo: `${ORIGIN}/page` }])
  })

  it.each(foreignPages(ORIGIN))('refuses to come back to %j, without a word to the server', async (page) => {
    for (const options of [page, { returnTo: page }, { redirectUri: page }]) {
      await expect(target(options)).rejects.toThrow(new TypeError(`Not of ${ORIGIN}: ${page}`))
    }
    expect(tab.visited).toEqual([])
    expect(() => new Client({ interaqtEndpoint: String(page) })).toThrow(TypeError)
  })

  it('refuses every page where the page itself has no origin', async () => {
    vi.stubGlobal('location', { href: 'about:srcdoc', origin: 'null' })
    expect(() => new Client({ interaqtEndpoint: 'data:text/html,x' })).toThrow(TypeError)
  })

  it('takes a page, or options', async () => {
    expect(await target('/inbox')).toEqual(['/auth/sign-in', { returnTo: `${ORIGIN}/inbox` }])
    const hints = { firstScreen: 'register', loginHint: 'alice' }
    expect(await target({ redirectUri: '/inbox', ...hints })).toEqual([
      '/auth/sign-in',
      { returnTo: `${ORIGIN}/inbox`, ...hints },
    ])
    const both = { redirectUri: '/callback', returnTo: new URL(`${ORIGIN}/inbox`) }
    expect(await target(both)).toEqual(['/auth/sign-in', { returnTo: `${ORIGIN}/inbox` }])
  })
})

it('finds the session below an endpoint with a path, whatever it does', async () => {
  answer({ isAuthenticated: false, url: 'https://logto.example/end' })
  const client = new Client({ interaqtEndpoint: '/backend', path: '/login' })
  await client.isAuthenticated()
  await client.signIn()
  await client.signOut()
  expect(paths()).toEqual(['/backend/login/me', '/backend/login/sign-out'])
  expect(new URL(tab.visited[0] ?? '').pathname).toBe('/backend/login/sign-in')
})

describe('signOut', () => {
  beforeEach(() => tab.local.setItem(FLAG, '1'))

  it('leaves for Logto, to come back to the named page', async () => {
    answer({ url: 'https://logto.example/end' })
    await new Client().signOut(`${ORIGIN}/goodbye`)
    expect(paths()).toEqual([`/auth/sign-out?returnTo=${encodeURIComponent(`${ORIGIN}/goodbye`)}`])
    expect(tab.visited).toEqual(['https://logto.example/end'])
    expect(tab.local.getItem(FLAG)).toBeNull()
  })

  it('takes the event of a click for nothing', async () => {
    answer({ url: 'https://logto.example/end' })
    const client = new Client()
    await Reflect.apply(client.signOut, client, [new Event('click')])
    expect(paths()).toEqual(['/auth/sign-out'])
    await Reflect.apply(client.signIn, client, [new Event('click')])
    expect(tab.visited.at(-1)).toBe(`${ORIGIN}/auth/sign-in?returnTo=${encodeURIComponent(tab.href)}`)
  })

  it('signs out here when Logto is away', async () => {
    answer(refusal('logto_unavailable'), 503)
    const client = new Client()
    const changes = vi.fn()
    client.onAuthChange(changes)
    await expect(client.signOut()).rejects.toBeInstanceOf(NetworkError)
    expect(changes.mock.calls).toEqual([[false]])
  })

  it('leaves the person signed in when the server did not answer', async () => {
    answer(refusal('internal_error'), 500)
    await expect(new Client().signOut()).rejects.toBeInstanceOf(ApiError)
    expect(tab.local.getItem(FLAG)).toBe('1')
  })
})

describe('calls', () => {
  it('send an interaction with its query and activity', async () => {
    answer({ data: 1 })
    const options = { query: { match: {} }, activity: 'friendship', activityId: 'a1' }
    expect(await new Client().interact('greet', { to: 'bob' }, options)).toEqual({ data: 1 })
    expect(paths()).toEqual(['/interaction/greet'])
    expect(await sent[0]?.json()).toEqual({ payload: { to: 'bob' }, ...options })
  })

  it.each(['signed_out', 'session_ended'])('throw a SignInError for %s, in every tab', async (code) => {
    tab.local.setItem(FLAG, '1')
    answer(refusal(code), 401)
    const failure = await new Client().post('/x').catch((error) => error)
    expect(failure).toBeInstanceOf(SignInError)
    expect(failure).toMatchObject({ code, cause: { status: 401 } })
    expect(tab.local.getItem(FLAG)).toBeNull()
  })

  it('throw what else the API answers', async () => {
    answer(refusal('user_suspended'), 403)
    await expect(new Client().post('/x')).rejects.toMatchObject({ name: 'ApiError', code: 'user_suspended' })
  })
})

it('throws an ApiError when the session does not say who is signed in', async () => {
  answer({}, 502)
  await expect(new Client().isAuthenticated()).rejects.toMatchObject({ status: 502, code: 'http_502' })
})
