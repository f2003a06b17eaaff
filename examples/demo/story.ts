import type { ManagementApi } from './management-api.js'

/** Somebody who uses the application: in a browser, or by the same requests without one. */
export interface Person {
  /** Creates an account at Logto and returns to the application, whose API this person does not call yet. */
  signUp(password: string): Promise<void>
  /** Signs in at Logto and opens the application. */
  signIn(password: string): Promise<void>
  /** Opens the application, or opens it again. */
  open(): Promise<void>
  friendCount(): Promise<number>
  friends(): Promise<string[]>
  /** Each of these gives what the application says: a refusal is an answer, not an exception. */
  sendFriendRequest(username: string): Promise<string>
  acceptFriendRequest(username: string): Promise<void>
  publishAnnouncement(text: string): Promise<string>
  announcements(): Promise<string[]>
  signOut(): Promise<void>
  isSignedIn(): Promise<boolean>
}

export interface World {
  person(username: string): Promise<Person>
  logto: ManagementApi
}

export interface Step {
  title: string
  play(world: World): Promise<void>
}

const PASSWORD = 'tea-and-cake'

/** The whole story of the application, in order. Each step builds on those before it. */
export const story: Step[] = [
  {
    title: 'alice and bob sign in',
    async play(world) {
      for (const username of ['alice', 'bob']) {
        const person = await world.person(username)
        await person.signIn(PASSWORD)
        expect(await person.isSignedIn(), true, `${username} is signed in`)
        expect(await person.friendCount(), 0, `friends of ${username}`)
      }
    },
  },
  {
    title: 'carol signs up, and the webhook brings her to Interaqt before she uses it',
    async play(world) {
      const [alice, carol] = [await world.person('alice'), await world.person('carol')]
      await carol.signUp('a-long-winding-road')
      // Only a User record can be asked. Carol has not called the API, so nothing but the webhook can have made hers.
      await eventually(() => alice.sendFriendRequest('carol'), /on its way to carol/)
      await carol.open()
      expect(await carol.friendCount(), 0, 'friends of carol')
    },
  },
  {
    title: 'dave signs up while webhooks are lost, and comes to Interaqt just in time',
    async play(world) {
      const [alice, dave] = [await world.person('alice'), await world.person('dave')]
      await world.logto.loseWebhooks(true)
      await dave.signUp('a-long-winding-road')
      expectMatch(await alice.sendFriendRequest('dave'), /nobody called .dave/)
      await dave.open()
      expectMatch(await alice.sendFriendRequest('dave'), /on its way to dave/)
      await world.logto.loseWebhooks(false)
    },
  },
  {
    title: 'alice sends bob a friend request; a second one is refused',
    async play(world) {
      const alice = await world.person('alice')
      expectMatch(await alice.sendFriendRequest('bob'), /on its way to bob/)
      expectMatch(await alice.sendFriendRequest('bob'), /asked bob already/)
    },
  },
  {
    title: 'bob accepts: both have one friend, and each is the other’s',
    async play(world) {
      const [alice, bob] = [await world.person('alice'), await world.person('bob')]
      await bob.open()
      await bob.acceptFriendRequest('alice')
      await alice.open()
      for (const [person, friend] of [
        [bob, 'alice'],
        [alice, 'bob'],
      ] as const) {
        expect(await person.friendCount(), 1, 'number of friends')
        expect((await person.friends()).join(), friend, 'friends')
      }
    },
  },
  {
    title: 'publishing takes a scope: alice has it, bob is refused',
    async play(world) {
      const [alice, bob] = [await world.person('alice'), await world.person('bob')]
      expectMatch(await alice.publishAnnouncement('Cake at five.'), /Published/)
      expectMatch(await bob.publishAnnouncement('No cake.'), /may not publish/)
      await bob.open()
      expect((await bob.announcements()).join(), 'Cake at five.', 'announcements')
    },
  },
  {
    title: 'carol is suspended, and refused though her token is still valid',
    async play(world) {
      const carol = await world.person('carol')
      await world.logto.suspend('carol')
      await eventually(() => carol.sendFriendRequest('bob'), /suspended/)
    },
  },
  {
    title: 'bob signs out',
    async play(world) {
      const bob = await world.person('bob')
      await bob.signOut()
      expect(await bob.isSignedIn(), false, 'bob is signed in')
    },
  },
]

/** Webhooks take a moment: asks until the answer fits, for 5 s. */
async function eventually(ask: () => Promise<string>, expected: RegExp): Promise<void> {
  const deadline = Date.now() + 5_000
  let answer = await ask()
  while (!expected.test(answer) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    answer = await ask()
  }
  expectMatch(answer, expected)
}

function expect<T>(actual: T, expected: T, what: string): void {
  if (actual === expected) return
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
}

function expectMatch(actual: string, expected: RegExp): void {
  if (!expected.test(actual))
    throw new Error(`expected an answer like ${expected}, got ${JSON.stringify(actual)}`)
}
