import type { Announcement, FriendRequests, Me, Person } from './api.js'
import { element } from './element.js'
import { fillList } from './list.js'

/** `refused`: signed in, but not let in. `away`: nothing is known yet, because nobody answers. */
export type View = 'loading' | 'away' | 'signed-out' | 'signed-in' | 'refused'

let shownView: View = 'loading'

export const view = (): View => shownView

export function show(next: View): void {
  shownView = next
  const focused = document.activeElement
  for (const view of ['loading', 'away', 'signed-out', 'signed-in']) part(view).hidden = view !== next
  part('account').hidden = next === 'signed-out'
  // Whose button has gone goes on at the top of what is there instead.
  if (focused?.closest('[hidden]')) focusHeading(document.querySelector('main > :not([hidden]) h1'))
}

/** Says what went wrong, above everything; an empty text takes it away. */
export function notice(text: string): void {
  // Written again, the same words would be read out again.
  if (part('notice').textContent === text) return
  part('notice').textContent = text
  part('notice').hidden = text === ''
}

/** Says what came of an action, below it. */
export function say(id: string, text: string, outcome: 'done' | 'failed' = 'done'): void {
  part(id).textContent = text
  part(id).className = `said ${outcome}`
}

export function showHint(text: string): void {
  const parts = text.split('`').map((part, index) => (index % 2 ? element('code', '', part) : part))
  part('welcome-hint').replaceChildren(...parts)
  part('welcome-hint').hidden = text === ''
}

export function onClick(id: string, action: () => Promise<unknown>): void {
  part(id).addEventListener('click', action)
}

/** Calls `action` with the text of a form's one field, and empties the field when it was done. */
export function onSubmit(id: string, action: (text: string) => Promise<boolean>): void {
  const form = part<HTMLFormElement>(id)
  const field = form.querySelector('input')
  const button = form.querySelector('button')
  if (!field || !button) throw new Error(`The form "${id}" needs an input and a button`)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const text = field.value.trim()
    if (!text || isBusy(button)) return
    if (await whileBusy(button, () => action(text))) form.reset()
  })
}

export interface Answers {
  accept(requestId: string): Promise<unknown>
  decline(requestId: string): Promise<unknown>
}

export interface Contents {
  me: Me
  friends: Person[]
  requests: FriendRequests
  announcements: Announcement[]
  mayPublish: boolean
}

export function render(
  { me, friends, requests, announcements, mayPublish }: Contents,
  answers: Answers,
): void {
  renderMe(me)
  fill('friends', friends, (friend) => personItem(friend))
  fill('requests', [...requests.received, ...requests.sent], (request) => requestItem(request, answers))
  fill('announcements', announcements, announcementItem)
  part('announce-form').hidden = !mayPublish
  part('announce-why').hidden = mayPublish
}

function renderMe(me: Me): void {
  part('account-name').textContent = me.username
  part('account-name').title = me.username
  part('me-avatar').textContent = initial(me)
  part('me-avatar').style.setProperty('--hue', hue(me))
  part('me-title').textContent = `Hello, ${me.name}`
  part('me-title').title = me.name
  part('me-details').textContent = `@${me.username} · Logto user ${me.logtoId}`
  part('friend-count').textContent = String(me.friendCount)
  part('friend-count-label').textContent = me.friendCount === 1 ? 'friend' : 'friends'
}

type FriendRequest = FriendRequests['received'][number] | FriendRequests['sent'][number]

function requestItem(request: FriendRequest, { accept, decline }: Answers): HTMLElement {
  if ('to' in request) return personItem(request.to, [element('span', 'waiting', 'Request sent')])
  const { id, from } = request
  return personItem(from, [
    button('Accept', `Accept ${from.username}’s request`, () => accept(id)),
    button('Decline', `Decline ${from.username}’s request`, () => decline(id), 'quiet'),
  ])
}

function announcementItem({ text, author, publishedAt }: Announcement): HTMLElement {
  const time = new Date(publishedAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
  const by = element('p', 'hint cut', `${time}, ${author}`)
  by.title = author
  return element('li', '', element('p', '', text), by)
}

function personItem(person: Person, actions: HTMLElement[] = []): HTMLElement {
  const avatar = element('span', 'avatar', initial(person))
  avatar.style.setProperty('--hue', hue(person))
  avatar.setAttribute('aria-hidden', 'true')
  const name = element('span', 'name cut', person.name)
  name.title = person.name
  const username = element('span', 'hint cut', `@${person.username}`)
  username.title = person.username
  const names = element('span', 'names', name, username)
  return element('li', '', avatar, names, element('span', 'actions', ...actions))
}

function button(text: string, label: string, onClick: () => Promise<unknown>, className = ''): HTMLElement {
  const created = element('button', className, text)
  created.type = 'button'
  created.setAttribute('aria-label', label)
  created.addEventListener('click', () => {
    if (!isBusy(created)) void whileBusy(created, onClick)
  })
  return created
}

// Not `disabled`, which takes the focus away from keyboard users.
const isBusy = (button: HTMLElement) => button.ariaDisabled === 'true'

async function whileBusy<T>(button: HTMLElement, work: () => Promise<T>): Promise<T> {
  button.ariaDisabled = 'true'
  try {
    return await work()
  } finally {
    button.ariaDisabled = null
  }
}

/** Fills a list. Who was at a button of an item that has gone goes on at the next item, or at the list's heading. */
function fill<T>(id: string, things: T[], toItem: (thing: T) => HTMLElement): void {
  const next = fillList(part(id), things, toItem)
  part(`${id}-empty`).hidden = things.length > 0
  if (next === 'unchanged') return
  if (next) next.focus()
  else focusHeading(document.getElementById(`${id}-title`))
}

function focusHeading(heading: HTMLElement | null): void {
  if (!heading) return
  heading.tabIndex = -1
  heading.focus()
}

const initial = ({ name }: Person) => (Array.from(name)[0] ?? '?').toUpperCase()
// The same person has the same colour everywhere.
const hue = ({ username }: Person) =>
  String([...username].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7))

function part<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`index.html has no element with the id "${id}"`)
  return found as T
}
