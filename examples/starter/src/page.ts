import type { Announcement, FriendRequests, Me, Person } from './api.js'

/** The element of index.html with this id. */
export function part<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`index.html has no element with the id "${id}"`)
  return found as T
}

/** Shows one of the page's three states. */
export function show(state: 'loading' | 'signed-out' | 'signed-in'): void {
  for (const id of ['loading', 'signed-out', 'signed-in']) part(id).hidden = id !== state
  part('account').hidden = state !== 'signed-in'
}

/** Says what went wrong, above everything; an empty text takes it away. */
export function notice(text: string): void {
  part('notice').textContent = text
  part('notice').hidden = text === ''
}

export function renderMe(me: Me): void {
  part('account-name').textContent = me.username
  part('me-avatar').textContent = initial(me)
  part('me-avatar').style.setProperty('--hue', hue(me))
  part('me-title').textContent = `Hello, ${me.name}`
  part('me-details').textContent = `@${me.username} · Logto user ${me.logtoId}`
  part('friend-count').textContent = String(me.friendCount)
  part('friend-count-label').textContent = me.friendCount === 1 ? 'friend' : 'friends'
}

export function renderFriends(friends: Person[]): void {
  fill('friends', friends, (friend) => personItem(friend))
}

export interface RequestActions {
  accept(id: string): void
  decline(id: string): void
}

export function renderRequests(
  { received, sent }: FriendRequests,
  { accept, decline }: RequestActions,
): void {
  fill('requests', [...received, ...sent], (request) =>
    'from' in request
      ? personItem(request.from, [
          button('Accept', `Accept ${request.from.username}’s request`, () => accept(request.id)),
          button('Decline', `Decline ${request.from.username}’s request`, () => decline(request.id), 'quiet'),
        ])
      : personItem(request.to, [element('span', 'waiting', 'Waiting for an answer')]),
  )
}

export function renderAnnouncements(announcements: Announcement[]): void {
  fill('announcements', announcements, ({ text, author, publishedAt }) => {
    const time = new Date(publishedAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
    return element('li', '', element('p', '', text), element('p', 'hint', `${author}, ${time}`))
  })
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
  const created = element('button', className, text) as HTMLButtonElement
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

function element(tag: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const created = document.createElement(tag)
  created.className = className
  created.append(...children)
  return created
}

const initial = ({ name }: Person) => (Array.from(name)[0] ?? '?').toUpperCase()
// The same person has the same colour everywhere.
const hue = ({ username }: Person) =>
  String([...username].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7))
