import { Client } from '@yourorg/interaqt-logto/browser'

export interface Person {
  id: string
  username: string
  name: string
}

export interface Me extends Person {
  logtoId: string
  friendCount: number
  scopes: string[]
}

export interface FriendRequests {
  received: { id: string; from: Person }[]
  sent: { id: string; to: Person }[]
}

export interface Announcement {
  id: string
  text: string
  author: string
  publishedAt: number
}

/** Signs in with Logto and calls the API with an access token. */
export const client = new Client({
  logtoEndpoint: import.meta.env.LOGTO_ENDPOINT,
  appId: import.meta.env.LOGTO_SPA_APP_ID,
  interaqtEndpoint: import.meta.env.INTERAQT_ENDPOINT,
  scopes: ['publish:announcements'],
})

/** What the API lists, read at once. */
export async function readAll() {
  const [me, friends, requests, announcements] = await Promise.all([
    client.post('/api/whoAmI') as Promise<Me>,
    client.post('/api/listFriends') as Promise<Person[]>,
    client.post('/api/listFriendRequests') as Promise<FriendRequests>,
    client.post('/api/listAnnouncements') as Promise<Announcement[]>,
  ])
  return { me, friends, requests, announcements }
}

export const sendFriendRequest = (username: string) =>
  client.post('/interaction/sendFriendRequest', { payload: { username } })
export const acceptFriendRequest = (id: string) =>
  client.post('/interaction/acceptFriendRequest', { payload: { request: { id } } })
export const declineFriendRequest = (id: string) =>
  client.post('/interaction/declineFriendRequest', { payload: { request: { id } } })
export const publishAnnouncement = (text: string) =>
  client.post('/interaction/publishAnnouncement', { payload: { text } })
