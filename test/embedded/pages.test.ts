import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import type { Answer } from '../contract/http.js'
import { type AuthorizationParameters, Person, pkceOf } from '../contract/person.js'
import { ALICE, REDIRECT_URI, request, startLogto } from './logto.js'

let logto: EmbeddedLogto

beforeAll(async () => {
  logto = await startLogto()
})
afterAll(() => logto.close())

/** A person whose browser shows the first page of a sign-in. */
async function arrive(
  changed: AuthorizationParameters = {},
): Promise<{ person: Person; page: string; url: string }> {
  const person = new Person(logto.url)
  const begun = await person.begin(request({ ...pkceOf('v'.repeat(43)), ...changed }))
  const url = begun.headers.get('location') ?? ''
  const { body } = await person.visit(url)
  return { person, page: String(body), url }
}

const submit = (person: Person, path: string, form: Record<string, string>): Promise<Answer> =>
  person.visit(path, { method: 'POST', body: new URLSearchParams(form) })

describe('the sign-in page', () => {
  it('labels its fields, names the application safely and works without scripts', async () => {
    const { page, url } = await arrive()
    expect(url).toBe('/sign-in?app_id=spa')
    expect(page).toContain('<html lang="en">')
    expect(page).toContain('<label for="identifier">Username or email</label>')
    expect(page).toContain('<label for="password">Password</label>')
    expect(page).toContain('autocomplete="current-password"')
    expect(page).toContain('Demo &lt;app&gt;')
    expect(page).not.toContain('<script')
  })

  it('signs in and leads back to the application', async () => {
    const { person, url } = await arrive()
    const answer = await submit(person, url, { identifier: 'alice', password: ALICE.password })
    expect(answer.status).toBe(303)
    const callback = await person.follow(answer.headers.get('location') ?? '')
    expect(callback.href.startsWith(`${REDIRECT_URI}?code=`)).toBe(true)
    expect(callback.searchParams.get('state')).toBe('some-state')
  })

  it('shows why it refused, and keeps what was typed but the password', async () => {
    const { person, url } = await arrive()
    const answer = await submit(person, url, { identifier: 'alice"><b>', password: 'wrong-secret' })
    const page = String(answer.body)
    expect(answer.status).toBe(422)
    expect(page).toContain('role="alert">Incorrect account or password.')
    expect(page).toContain('aria-describedby="error"')
    expect(page).toContain('value="alice&quot;&gt;&lt;b&gt;"')
    expect(page).not.toContain('wrong-secret')
  })

  it('tells a suspended user so', async () => {
    const user = logto.state.users.create({ username: 'suspended', password: 'correct-horse' })
    logto.state.users.update(user, { isSuspended: true })
    const { person, url } = await arrive()
    const answer = await submit(person, url, { identifier: 'suspended', password: 'correct-horse' })
    expect(answer.body).toContain('This account is suspended.')
  })

  it('fills in the login hint', async () => {
    const { page, url } = await arrive({ login_hint: 'alice' })
    expect(url).toBe('/sign-in?app_id=spa&login_hint=alice')
    expect(page).toContain('value="alice"')
  })

  it('gives up on cancel: the application gets access_denied', async () => {
    const { person } = await arrive()
    const answer = await submit(person, '/sign-in/cancel', {})
    const callback = await person.follow(answer.headers.get('location') ?? '')
    expect(callback.searchParams.get('error')).toBe('access_denied')
    expect(callback.searchParams.get('state')).toBe('some-state')
  })

  it.each(['/sign-in', '/register', '/consent'])(
    'tells a stranger at %s that the sign-in has expired',
    async (path) => {
      const answer = await new Person(logto.url).visit(path)
      expect(answer.status).toBe(400)
      expect(answer.body).toContain('This sign-in has expired')
    },
  )
})

describe('the sign-up page', () => {
  it.each([
    { first_screen: 'register' },
    { first_screen: 'identifier:register' },
    { interaction_mode: 'signUp' },
  ])('comes first for %o', async (parameters) => {
    const { page, url } = await arrive(parameters)
    expect(url).toBe('/register?app_id=spa')
    expect(page).toContain('autocomplete="new-password"')
  })

  it('is one link away from the sign-in page, and back', async () => {
    const { person, page } = await arrive()
    const link = /<a href="([^"]+)"/.exec(page)?.[1] ?? ''
    const other = await person.visit(link.replaceAll('&amp;', '&'))
    expect(other.body).toContain('Create your account')
    expect(other.body).toContain('href="/sign-in?app_id=spa"')
  })

  it.each([
    ['a username', 'new_user', { username: 'new_user', primaryEmail: null }],
    ['an email address', 'new@example.com', { username: null, primaryEmail: 'new@example.com' }],
  ])('creates a user with %s, and the default roles', async (_what, identifier, expected) => {
    const { person } = await arrive()
    const answer = await submit(person, '/register?app_id=spa', { identifier, password: 'long-enough' })
    expect(answer.status).toBe(303)
    const callback = await person.follow(answer.headers.get('location') ?? '')
    expect(callback.searchParams.has('code')).toBe(true)
    const user = logto.state.users.byIdentifier(identifier)
    expect(user).toMatchObject({ ...expected, applicationId: 'spa' })
    expect([...(user?.roleIds ?? [])]).toEqual(logto.state.defaultRoleIds())
  })

  it.each([
    ['a username in use', 'alice', 'long-enough', 'This username is already in use.', 'identifier'],
    ['an odd username', '1 odd name', 'long-enough', 'Use an email address, or a username', 'identifier'],
    ['an odd email address', 'odd@', 'long-enough', 'Use an email address, or a username', 'identifier'],
    ['a short password', 'somebody', 'short', 'The password needs at least 8 characters.', 'password'],
  ])('refuses %s and says at which field', async (_what, identifier, password, message, field) => {
    const { person } = await arrive()
    const answer = await submit(person, '/register?app_id=spa', { identifier, password })
    expect(answer.status).toBe(422)
    expect(answer.body).toContain(message)
    expect(String(answer.body)).toMatch(new RegExp(`name="${field}"[^>]*aria-invalid="true"`))
  })
})

describe('sign-out', () => {
  it('posts itself, and has a button for browsers without scripts', async () => {
    const person = new Person(logto.url)
    await person.authorize(request(), ALICE)
    const { body } = await person.visit('/oidc/session/end?client_id=spa')
    expect(body).toMatch(/<noscript><button type="submit" name="logout" value="yes"/)
    expect(body).toContain('.submit()')
  })

  it('refuses to lead to a page that is not registered', async () => {
    const query = new URLSearchParams({ client_id: 'spa', post_logout_redirect_uri: 'http://evil.example/' })
    const answer = await new Person(logto.url).visit(`/oidc/session/end?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.fields).toMatchObject({ error: 'invalid_request', code: 'oidc.invalid_request' })
  })
})
