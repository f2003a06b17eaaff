import * as api from './api.js'
import { endsSession, explain } from './explain.js'
import { notice, part, renderAnnouncements, renderFriends, renderMe, renderRequests, show } from './page.js'

const REFRESH_INTERVAL_MS = 5_000
// Where Logto sends people back to after signing in and signing out: this page. Logto has to know the address.
const home = `${window.location.origin}/`

part('sign-in').addEventListener('click', () => attempt(() => api.client.signIn(home)))
part('sign-up').addEventListener('click', () =>
  attempt(() => api.client.signIn({ redirectUri: home, firstScreen: 'register' })),
)
part('sign-out').addEventListener('click', () => attempt(() => api.client.signOut(home)))

onSubmit('add-form', 'add-said', async (username) => {
  await api.sendFriendRequest(username)
  return `Your request is on its way to ${username}.`
})
onSubmit('announce-form', 'announce-said', async (text) => {
  await api.publishAnnouncement(text)
  return 'Published.'
})

const demoUsers = import.meta.env.DEMO_USERS
part('demo-users').textContent = demoUsers && `Demo users: ${demoUsers}`
part('demo-users').hidden = !demoUsers

await attempt(async () => {
  await api.client.handleCallback()
  if (await api.client.isAuthenticated()) await refresh()
  else show('signed-out')
})
setInterval(() => {
  if (!document.hidden && !part('signed-in').hidden) void attempt(refresh)
}, REFRESH_INTERVAL_MS)

/** Shows what the API has now. */
async function refresh(): Promise<void> {
  const { me, friends, requests, announcements } = await api.readAll()
  renderMe(me)
  renderFriends(friends)
  renderRequests(requests, {
    accept: (id) => attempt(() => api.acceptFriendRequest(id).then(refresh)),
    decline: (id) => attempt(() => api.declineFriendRequest(id).then(refresh)),
  })
  renderAnnouncements(announcements)
  show('signed-in')
}

/** Runs an action; what it fails with is shown above the page. */
async function attempt(action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
    notice('')
  } catch (error) {
    notice(explain(error))
    if (part('signed-in').hidden || endsSession(error)) show('signed-out')
  }
}

/** A form with one field: what its submission leads to is said below it. */
function onSubmit(formId: string, saidId: string, submit: (value: string) => Promise<string>): void {
  const form = part<HTMLFormElement>(formId)
  const said = part(saidId)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const [value] = [...new FormData(form).values()].map((entry) => String(entry).trim())
    if (!value) return
    said.className = 'said'
    try {
      said.textContent = await submit(value)
      form.reset()
      await attempt(refresh)
    } catch (error) {
      said.className = 'said failed'
      said.textContent = explain(error)
      if (endsSession(error)) show('signed-out')
    }
  })
}
