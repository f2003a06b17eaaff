import fc from 'fast-check'
import { createCallback } from '../../src/browser/callback.js'
import { NetworkError, SignInError } from '../../src/browser/index.js'
import { ISSUER, ORIGIN, openScene, pairOf, type SessionScene } from './session-scene.js'
import { fuzzerOf, must, type Target } from './target.js'

const OWN = '@own@'
const OTHERS = '@others@'

const state = fc.oneof(
  { weight: 6, arbitrary: fc.constant(OWN) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      OTHERS,
      '',
      `${OWN}x`,
      ` ${OWN}`,
      `${OWN}\0`,
      'undefined',
      'null',
      '__proto__',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 10 }) },
)
const parameter = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom('state', 'state', 'State', 'state[]'), state) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constant('code'), fc.oneof(fc.constant('a-code'), fc.string({ maxLength: 10 }))),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant('iss'),
      fc.oneof(fc.constantFrom(ISSUER, ISSUER, `${ISSUER}/`, 'https://evil.example/oidc', ''), fc.string()),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom('error', 'error_description'),
      fc.oneof(fc.constantFrom('access_denied', 'invalid_target'), fc.string()),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.string({ maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 6 })),
  },
)
const good: [string, string][] = [
  ['state', OWN],
  ['code', 'a-code'],
  ['iss', ISSUER],
]
const input = fc.record({
  parameters: fc.oneof(
    fc.array(parameter, { maxLength: 6 }),
    // A good answer with something beside it.
    fc
      .tuple(fc.subarray(good, { minLength: 2 }), fc.array(parameter, { maxLength: 2 }))
      .map((parts) => parts.flat()),
  ),
  suffix: fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'&=%#?;+aZ2f\\/'), maxLength: 8 }) },
  ),
  page: fc.constantFrom(
    '/auth/callback',
    '/auth/callback',
    '/auth/callback',
    '/auth/callback2',
    '/other',
    '/auth/callback/..',
  ),
  /** What the browser of the session has: its own attempt, that of another person, both, or none. */
  attempts: fc.constantFrom('own', 'own', 'own', 'both', 'others', 'none'),
})

/** The callback of a sign-in, in the browser and on the server. */
export const callbackUrl: Target = {
  name: 'callback-url',
  holds:
    'A code is exchanged only for the sign-in that this browser began, at the issuer that it began at; a refusal leads nowhere else.',
  reaches: ['exchanged', 'refused'],
  async open() {
    const scene = await openScene()
    const page = stubPage()
    return fuzzerOf(
      input,
      async ({ parameters, suffix, page: path, attempts }) => {
        const [own, others] = [await begin(scene), await begin(scene)]
        const query = String(
          new URLSearchParams(
            parameters.map(([name, value]) => [name, fill(value, own.state, others.state)]),
          ),
        )
        // As a browser shows it.
        const address = new URL(`${ORIGIN}${path}?${query}${suffix}`).href
        const cookies = {
          own: [own.cookie],
          both: [others.cookie, own.cookie],
          others: [others.cookie],
          none: [],
        }[attempts]
        const isExchanged = await checkServer(scene, `${query}${suffix}`, { cookies, own, others, attempts })
        const isCompleted = await checkBrowser(address, own.state, page)
        return isExchanged || isCompleted ? 'exchanged' : 'refused'
      },
      page.restore,
    )
  },
}

interface Attempt {
  state: string
  cookie: string
}

async function begin({ app }: SessionScene): Promise<Attempt> {
  const response = await app.request(`${ORIGIN}/auth/sign-in?returnTo=/page`)
  const location = new URL(response.headers.get('location') ?? '')
  must(location.href.startsWith(`${ISSUER}/auth?`), `The sign-in leads to ${location.href}`)
  return {
    state: location.searchParams.get('state') ?? '',
    cookie: pairOf(response.headers.getSetCookie()[0] ?? ''),
  }
}

function fill(value: string, own: string, others: string): string {
  return value.replaceAll(OWN, own).replaceAll(OTHERS, others)
}

async function checkServer(
  { app, exchanges, faults }: SessionScene,
  query: string,
  {
    cookies,
    own,
    others,
    attempts,
  }: { cookies: readonly string[]; own: Attempt; others: Attempt; attempts: string },
): Promise<boolean> {
  exchanges.length = 0
  const url = `${ORIGIN}/auth/callback?${query}`
  const response = await app.request(url, { headers: { cookie: cookies.join('; ') } })
  must(response.status === 303, `It answers ${response.status}`)
  const location = response.headers.get('location') ?? ''
  must(location.startsWith(`${ORIGIN}/`), `It leads to ${location}`)
  const set = response.headers.getSetCookie()
  must(!set.some((line) => /^__Host-interaqt-session(\.\d)?=[^;]/.test(line)), `It begins a session: ${set}`)
  // An answer of Logto that makes no sense is one; anything else is ours.
  for (const fault of faults.splice(0))
    must(fault instanceof Error && fault.name === 'LogtoError', `A fault was reported: ${String(fault)}`)
  if (exchanges.length === 0) return false

  const { searchParams } = new URL(url)
  const begun = { own: [own], both: [own, others], others: [others], none: [] }[attempts] ?? []
  const states = searchParams.getAll('state')
  must(exchanges.length === 1, 'It exchanges more than one code')
  must(
    begun.some((one) => states.every((state) => state === one.state)) && states.length > 0,
    `It exchanges a code for ${states.length} states, not all of them of this browser`,
  )
  must(
    searchParams.getAll('iss').every((iss) => iss === ISSUER),
    'It exchanges the code of another issuer',
  )
  must(searchParams.has('iss'), 'It exchanges the code of nobody knows which issuer')
  must(searchParams.getAll('code').includes(exchanges[0]?.get('code') ?? ''), 'It exchanges another code')
  return true
}

/** Completes the same address as the Client in the browser does, with an SDK that believes everything. */
async function checkBrowser(address: string, state: string, page: Page): Promise<boolean> {
  page.href = address
  const redirectUri = `${ORIGIN}/auth/callback`
  let completed: string | undefined
  const items = new Map([['signInSession', JSON.stringify({ state, redirectUri, codeVerifier: 'verifier' })]])
  const sdk = {
    adapter: {
      storage: {
        getItem: async (name: string) => items.get(name) ?? null,
        removeItem: async (name: string) => void items.delete(name),
      },
    },
    logtoConfig: { endpoint: ISSUER.replace('/oidc', ''), resources: [] },
    isAuthenticated: async () => false,
    getOidcConfig: async () => ({ issuer: ISSUER, authorizationResponseIssParameterSupported: true }),
    handleSignInCallback: async (url: string) => {
      completed = url
    },
  }
  const callback: ReturnType<typeof createCallback> = Reflect.apply(createCallback, undefined, [
    sdk,
    (work: () => Promise<boolean>) => work(),
  ])
  try {
    await callback.complete(address)
  } catch (error) {
    if (!(error instanceof SignInError) && !(error instanceof NetworkError)) throw error
  }
  must(new URL(page.href).origin === ORIGIN, `The address bar shows ${page.href}`)
  if (completed === undefined) return false
  const { searchParams, href } = new URL(completed)
  must(searchParams.getAll('state').includes(state), 'It completes a sign-in that this tab did not begin')
  must(searchParams.getAll('iss').at(-1) === ISSUER, 'It completes the sign-in of another issuer')
  must(href.startsWith(redirectUri), `It completes a sign-in at ${href}`)
  return true
}

interface Page {
  href: string
  restore(): void
}

/** Puts a page's address and history where the browser Client looks for them, and what it says to a console of no one. */
function stubPage(): Page {
  const page = { href: `${ORIGIN}/`, restore: () => {} }
  const location = {
    get href() {
      return page.href
    },
    origin: ORIGIN,
  }
  const replaceState = (_state: unknown, _title: string, url: URL) => {
    page.href = String(url)
  }
  const { console } = globalThis
  const silent = { ...console, error: () => {}, warn: () => {} }
  const values = { location, history: { state: null, replaceState }, console: silent }
  for (const [name, value] of Object.entries(values)) define(name, value)
  page.restore = () => {
    for (const name of ['location', 'history']) Reflect.deleteProperty(globalThis, name)
    define('console', console)
  }
  return page
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
}
