import type { Announcement, FriendRequests, Me, Person } from './api.js'

/** `refused`: signed in, but not let in. */
export type View = 'loading' | 'signed-out' | 'signed-in' | 'refused'

let shownView: View = 'loading'

export const view = (): View => shownView

export function show(next: View): void {
  shownView = next
  part('loading').hidden = next !== 'loading'
  part('signed-out').hidden = next !== 'signed-out'
  part('signed-in').hidden = next !== 'signed-in'
  part('account').hidden = next === 'signed-out'
}

/** Says what went wrong, above everything; an empty text takes it away. */
export function notice(text: string): void {
  part('notice').textContent = text
  part('notice').hidden = text === ''
}

/** Says what came of an action, below it. */
export function say(id: string, text: string, outcome: 'done' | 'failed' = 'done'): void {
  part(id).textContent = text
  part(id).className = `said ${outcome}`
}

export function showHint(text: string): void {
  part('welcome-hint').textContent = text
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
    if (!text || button.disabled) return
    button.disabled = true
    if (await action(text)) form.reset()
    button.disabled = false
  })
}

export interface Answers {
  accept(requestId: string): void
  decline(requestId: string): void
}

export interface Contents {
  me: Me
  friends: Person[]
  requests: FriendRequests
  announcements: Announcement[]
}

export function render({ me, friends, requests, announcements }: Contents, answers: Answers): void {
  renderMe(me)
  fill('friends', friends, (friend) => personItem(friend))
  fill('requests', [...requests.received, ...requests.sent], (request) => requestItem(request, answers))
  fill('announcements', announcements, announcementItem)
}

function renderMe(me: Me): void {
  part('account-name').textContent = me.username
  part('me-avatar').textContent = initial(me)
  part('me-avatar').style.setProperty('--hue', hue(me))
  part('me-title').textContent = `Hello, ${me.name}`
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
  return element('li', '', element('p', '', text), element('p', 'hint', `${author}, ${time}`))
}

function personItem(person: Person, actions: HTMLElement[] = []): HTMLElement {
  const avatar = element('span', 'avatar', initial(person))
  avatar.style.setProperty('--hue', hue(person))
  avatar.setAttribute('aria-hidden', 'true')
  const names = element(
    'span',
    'names',
    element('span', 'name', person.name),
    element('span', 'hint', `@${person.username}`),
  )
  return element('li', '', avatar, names, element('span', 'actions', ...actions))
}

function button(text: string, label: string, onClick: () => void, className = ''): HTMLElement {
  const created = element('button', className, text)
  created.type = 'button'
  created.setAttribute('aria-label', label)
  created.addEventListener('click', onClick)
  return created
}

const shown = new Map<string, string>()

/** Fills a list, unless it shows this already: so a keyboard's focus stays where it is while the page refreshes. */
function fill<T>(id: string, things: T[], toItem: (thing: T) => HTMLElement): void {
  const json = JSON.stringify(things)
  if (shown.get(id) === json) return
  shown.set(id, json)
  part(id).replaceChildren(...things.map(toItem))
  part(`${id}-empty`).hidden = things.length > 0
}

function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag)
  created.className = className
  created.append(...children)
  return created
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
