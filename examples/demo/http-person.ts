import type { Application } from './application.js'
import { signInOverHttp, type Tokens } from './http-sign-in.js'
import type { Person } from './story.js'

const APP_ID = 'friends-frontend'
const SCOPES = 'openid offline_access profile publish:announcements'

/** A person without a browser, for machines that have no Chromium: makes the requests that the page would make. */
export function httpPerson(application: Application, username: string): Person {
  const { logtoEndpoint, interaqtEndpoint, frontendUrl } = application
  const home = `${frontendUrl}/`
  const resource = `${interaqtEndpoint}/interaction`
  let tokens: Tokens | undefined

  async function authenticate(firstScreen: 'sign-in' | 'register', password: string): Promise<void> {
    tokens = await signInOverHttp({
      logtoEndpoint,
      appId: APP_ID,
      home,
      resource,
      scope: SCOPES,
      firstScreen,
      username,
      password,
    })
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
        body: new URLSearchParams({ client_id: APP_ID, token: tokens?.refresh_token ?? '' }),
      })
      tokens = undefined
    },
    async isSignedIn() {
      return (await post('/api/whoAmI')).refusal === undefined
    },
  }
}
