import { client } from '#login'
import { PUBLISH_SCOPE } from '../server/scopes.js'
import { readAll } from './api.js'
import { explain, viewAfter } from './explain.js'
import * as page from './page.js'

const REFRESH_INTERVAL_MS = 5_000
/** How many are under way: while one waits for an answer, the interval starts no further ones. */
let refreshes = 0
// Where Logto sends people back to after signing in and signing out: this page, by the one address that Logto knows.
const home = new URL('/', import.meta.env.FRONTEND_URL)
if (window.location.origin !== home.origin) window.location.replace(home)

page.onClick('sign-in', () => orNotice(() => client.signIn(home)))
page.onClick('sign-up', () => orNotice(() => client.signIn({ redirectUri: home, firstScreen: 'register' })))
page.onClick('sign-out', () => orNotice(() => client.signOut(home.href)))
page.onClick('try-again', () => refresh())

page.onSubmit('add-form', (username) =>
  act('add-said', async () => {
    await client.interact('sendFriendRequest', { username })
    return `Your request is on its way to ${username}.`
  }),
)
page.onSubmit('announce-form', (text) =>
  act('announce-said', async () => {
    await client.interact('publishAnnouncement', { text })
    return 'Published.'
  }),
)
const accept = (id: string) =>
  act('requests-said', async () => {
    await client.interact('acceptFriendRequest', { request: { id } })
    return 'You have a new friend.'
  })
const decline = (id: string) =>
  act('requests-said', async () => {
    await client.interact('declineFriendRequest', { request: { id } })
    return 'Declined.'
  })

page.showHint(import.meta.env.WELCOME_HINT)
await orNotice(() => client.handleCallback())
await refresh()
// Signing in or out in one tab reaches the others.
client.onAuthChange(refresh)
window.addEventListener('online', () => refresh())
setInterval(() => {
  if (!document.hidden && page.view() !== 'signed-out' && refreshes === 0) void refresh()
}, REFRESH_INTERVAL_MS)

/** Shows who is signed in, and what the API has now. What fails is tried again by the next call. */
async function refresh(): Promise<void> {
  refreshes += 1
  try {
    if (!(await client.isAuthenticated())) return page.show('signed-out')
    const contents = await readAll()
    page.render({ ...contents, mayPublish: contents.me.scopes.includes(PUBLISH_SCOPE) }, { accept, decline })
    page.show('signed-in')
    page.notice('')
  } catch (error) {
    page.notice(explain(error, 'This page tries again by itself.'))
    // Contents that were shown before stay: they were right a moment ago.
    page.show(viewAfter(error) ?? (page.view() === 'signed-in' ? 'signed-in' : 'away'))
  } finally {
    refreshes -= 1
  }
}

/**
 * Does something, says below it what came of it, and shows what has changed. Gives whether it was done, without waiting
 * for the new contents: the form must be ready by the time that its answer is read, or it would empty what is typed next.
 */
async function act(saidId: string, action: () => Promise<string>): Promise<boolean> {
  try {
    page.say(saidId, await action())
    return true
  } catch (error) {
    page.say(saidId, explain(error), 'failed')
    return false
  } finally {
    void refresh()
  }
}

async function orNotice(action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (error) {
    page.notice(explain(error))
  }
}
