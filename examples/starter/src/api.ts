import { client } from '#login'

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

/** Everything that the page shows. */
export async function readAll() {
  const [me, friends, requests, announcements] = await Promise.all([
    read<Me>('whoAmI'),
    read<Person[]>('listFriends'),
    read<FriendRequests>('listFriendRequests'),
    read<Announcement[]>('listAnnouncements'),
  ])
  return { me, friends, requests, announcements }
}

/** People should not look at “One moment…” for longer before they are told that nobody answers. */
const READ_TIMEOUT_MS = 10_000

// What a data API answers is known to server/apis.ts only, so it is said here again.
async function read<Answer>(dataAPI: string): Promise<Answer> {
  return (await client.post(`/api/${dataAPI}`, undefined, { timeoutMs: READ_TIMEOUT_MS })) as Answer
}
