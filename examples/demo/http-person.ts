import { createHash, randomBytes } from 'node:crypto'
import type { Application } from './application.js'
import type { Person } from './story.js'

const SCOPES = 'openid offline_access profile publish:announcements'

/**
 * A person without a browser: the same requests that a browser would make, to Logto's pages, to its token endpoint and to
 * the API, for machines that have no Chromium.
 */
export function httpPerson(application: Application, username: string): Person {
  const { logtoEndpoint, interaqtEndpoint, frontendUrl } = application
  const home = `${frontendUrl}/`
  const resource = `${interaqtEndpoint}/interaction`
  const cookies = new Map<string, string>()
  let tokens: { access_token: string; id_token: string; refresh_token: string } | undefined

  /** Walks through Logto's pages as a browser does, up to the redirect that leads back to the application. */
  async function walk(url: string, init: RequestInit = {}): Promise<URL | Response> {
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

  async function authenticate(firstScreen: 'sign-in' | 'register', password: string): Promise<void> {
    const verifier = randomBytes(32).toString('base64url')
    const query = new URLSearchParams({
      client_id: 'friends-frontend',
      redirect_uri: home,
      response_type: 'code',
      scope: SCOPES,
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
    await requestTokens({
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: home,
    })
  }

  async function requestTokens(grant: Record<string, string>): Promise<void> {
    const response = await fetch(`${logtoEndpoint}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...grant, client_id: 'friends-frontend', resource }),
    })
    if (!response.ok) throw new Error(`No token: ${response.status} ${await response.text()}`)
    tokens = await response.json()
  }

  async function post<Answer>(
    path: string,
    body?: object,
  ): Promise<{ answer: Answer; refusal: string | undefined }> {
    const response = await fetch(`${interaqtEndpoint}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(tokens && { authorization: `Bearer ${tokens.access_token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = await response.json()
    return { answer, refusal: response.ok ? undefined : `${answer.error.code}: ${answer.error.message}` }
  }

  async function read<Answer>(dataAPI: string): Promise<Answer> {
    const { answer, refusal } = await post<Answer>(`/api/${dataAPI}`)
    if (refusal) throw new Error(`${dataAPI}: ${refusal}`)
    return answer
  }

  const interact = async (name: string, payload: object, done: string): Promise<string> =>
    (await post(`/interaction/${name}`, { payload })).refusal ?? done

  return {
    async open() {
      await read('whoAmI')
    },
    signUp: (password) => authenticate('register', password),
    signIn: (password) => authenticate('sign-in', password),
    friendCount: async () => (await read<{ friendCount: number }>('whoAmI')).friendCount,
    friends: async () => (await read<{ username: string }[]>('listFriends')).map((friend) => friend.username),
    sendFriendRequest: (receiver) =>
      interact('sendFriendRequest', { username: receiver }, `Your request is on its way to ${receiver}.`),
    async acceptFriendRequest(sender) {
      const { received } = await read<{ received: { id: string; from: { username: string } }[] }>(
        'listFriendRequests',
      )
      const request = received.find(({ from }) => from.username === sender)
      if (!request) throw new Error(`${username} has no request of ${sender}`)
      const said = await interact('acceptFriendRequest', { request: { id: request.id } }, 'done')
      if (said !== 'done') throw new Error(said)
    },
    publishAnnouncement: (text) => interact('publishAnnouncement', { text }, 'Published.'),
    announcements: async () => (await read<{ text: string }[]>('listAnnouncements')).map(({ text }) => text),
    async signOut() {
      await fetch(`${logtoEndpoint}/oidc/token/revocation`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'friends-frontend', token: tokens?.refresh_token ?? '' }),
      })
      tokens = undefined
    },
    async isSignedIn() {
      return (await post('/api/whoAmI')).refusal === undefined
    },
  }
}
