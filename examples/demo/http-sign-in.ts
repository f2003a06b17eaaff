import { createHash, randomBytes } from 'node:crypto'

/** Who asks for what: the SPA application, and the API resource that the access token is for. */
export interface SignInRequest {
  logtoEndpoint: string
  appId: string
  /** Where Logto sends the person back to. */
  home: string
  resource: string
  scope: string
  firstScreen: 'sign-in' | 'register'
  username: string
  password: string
}

export interface Tokens {
  access_token: string
  id_token: string
  refresh_token: string
}

/**
 * Signs a person in without a browser: the same requests that a browser would make, to Logto's pages and to its token
 * endpoint, for machines that have no Chromium.
 */
export async function signInOverHttp(request: SignInRequest): Promise<Tokens> {
  const { logtoEndpoint, appId, home, resource, scope, firstScreen, username, password } = request
  const walk = createWalk(home)
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: appId,
    redirect_uri: home,
    response_type: 'code',
    scope,
    resource,
    prompt: 'consent login',
    first_screen: firstScreen === 'register' ? 'register' : 'signIn',
    state: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const page = await walk(`${logtoEndpoint}/oidc/auth?${query}`)
  if (page instanceof URL) throw new Error(`Logto asked nobody to sign in: ${page}`)
  const action = /<form[^>]* action="([^"]+)"/.exec(await page.text())?.[1]
  if (!action?.includes(firstScreen)) throw new Error(`Logto shows no ${firstScreen} page at ${page.url}`)
  const callback = await walk(new URL(action.replaceAll('&amp;', '&'), page.url).href, {
    method: 'POST',
    body: new URLSearchParams({ identifier: username, password }),
  })
  if (!(callback instanceof URL)) throw new Error(`Logto did not accept ${username}: ${callback.status}`)
  const code = callback.searchParams.get('code')
  if (!code) throw new Error(`No code came back: ${callback}`)

  const response = await fetch(`${logtoEndpoint}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: home,
      client_id: appId,
      resource,
    }),
  })
  if (!response.ok) throw new Error(`No token: ${response.status} ${await response.text()}`)
  return response.json()
}

/** Walks through Logto's pages as a browser does, with cookies, up to the redirect that leads back to the application. */
function createWalk(home: string) {
  const cookies = new Map<string, string>()
  return async function walk(url: string, init: RequestInit = {}): Promise<URL | Response> {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';', 1)[0] ?? '').split(/=(.*)/)
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (!location) return response
    const next = new URL(location, url)
    return next.href.startsWith(home) ? next : walk(next.href)
  }
}
