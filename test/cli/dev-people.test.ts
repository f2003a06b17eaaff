import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { remedyInDev } from '../../src/cli/dev/remedies.js'
import type { RefusedRequest } from '../../src/embedded/index.js'
import { Person, pkceOf } from '../contract/person.js'
import { FakeHost } from './fake-host.js'
import { type Env, serveDev } from './serve-dev.js'

let host: FakeHost
beforeEach(async () => {
  host = await FakeHost.create()
})
afterEach(() => host.remove())

const serving = <T>(args: string[], use: (env: Env) => Promise<T>) => serveDev(host, args, use)

/** What a browser shows after a sign-in has begun. */
async function browse(env: Env, changed: Record<string, string> = {}): Promise<string> {
  const person = new Person(env.LOGTO_ENDPOINT ?? '')
  const query = new URLSearchParams({
    client_id: 'dev-frontend',
    redirect_uri: 'http://localhost:5173/',
    response_type: 'code',
    scope: 'openid',
    code_challenge: String(pkceOf('v'.repeat(43)).code_challenge),
    code_challenge_method: 'S256',
    ...changed,
  })
  const headers = { accept: 'text/html' }
  const begun = await person.visit(`/oidc/auth?${query}`, { headers })
  const location = begun.headers.get('location')
  const page = location ? await person.visit(location, { headers }) : begun
  return String(page.body).replaceAll('&#39;', "'")
}

describe('the sign-in page of dev', () => {
  it('shows alice and bob, and their password', async () => {
    await serving([], async (env) => {
      const page = await browse(env)
      expect(page).toContain('<code>alice</code>')
      expect(page).toContain('<code>bob</code>')
      expect(page).toContain('<code>tea-and-cake</code>')
    })
  })

  it('shows them also when they come from a state file', async () => {
    await serving(['--state', 'logto.json'], async () => {})
    await serving(['--state', 'logto.json'], async (env) => {
      expect(await browse(env)).toContain('<code>tea-and-cake</code>')
    })
  })

  it('shows other people without their passwords, unless asked', async () => {
    const people = ['--user', 'carol:a-secret-of-hers']
    await serving(people, async (env) => {
      const page = await browse(env)
      expect(page).toContain('<code>carol</code>')
      expect(page + host.transcript).not.toContain('a-secret-of-hers')
    })
    await serving([...people, '--show-passwords'], async (env) => {
      expect(await browse(env)).toContain('<code>a-secret-of-hers</code>')
      expect(host.output).toContain('carol / a-secret-of-hers')
    })
  })
})

describe('what dev refuses', () => {
  it.each([
    [
      'a redirect URI',
      { redirect_uri: 'http://localhost:5174/app.html' },
      ['--redirect-uri', 'http://localhost:5174/app.html'],
    ],
    [
      'a frontend on another port',
      { redirect_uri: 'http://localhost:5174/' },
      ['--frontend-url', 'http://localhost:5174'],
    ],
    [
      'a resource',
      { resource: 'https://api.example/interaction' },
      ['--interaqt-endpoint', 'https://api.example'],
    ],
  ])('is let in by the line that page and terminal say: %s', async (_, changed, flags) => {
    await serving([], async (env) => {
      const page = await browse(env, changed)
      expect(page).toContain(`<code>npx interaqt-logto dev ${flags.join(' ')}</code>`)
      expect(host.errors).toContain(`To change: npx interaqt-logto dev ${flags.join(' ')}\n`)
      expect(host.errors.trim().split('\n')).toHaveLength(1)
    })
    await serving(flags, async (env) => {
      expect(await browse(env, changed)).toContain('<h1>Sign in</h1>')
    })
  })

  it('names the variable of a wrong application, and those that exist', async () => {
    await serving([], async (env) => {
      const page = await browse(env, { client_id: 'my-app' })
      for (const word of ['my-app', 'dev-frontend', 'dev-web', 'LOGTO_SPA_APP_ID=dev-frontend'])
        expect(page).toContain(word)
      expect(host.errors).toContain('LOGTO_SPA_APP_ID=dev-frontend')
    })
  })

  const refused = (fields: Partial<RefusedRequest>): RefusedRequest => ({
    what: 'redirect_uri',
    sent: '',
    registered: [],
    application: undefined,
    ...fields,
  })

  it('is quoted for a shell, since any page can send it', () => {
    const sent = "http://localhost:1/$(reboot)';reboot"
    expect(remedyInDev(refused({ sent }))).toBe(
      `npx interaqt-logto dev --redirect-uri 'http://localhost:1/$(reboot)'\\'';reboot'`,
    )
  })

  it.each<[string, Partial<RefusedRequest>, string]>([
    ['a redirect URI with a fragment', { sent: 'http://localhost:1/#x' }, 'it must have no fragment'],
    ['plain http elsewhere', { sent: 'http://a.example/' }, 'it must be https'],
    ['a resource that is none', { what: 'resource', sent: 'api' }, 'it must be an absolute URI'],
    ['another resource', { what: 'resource', sent: 'https://a.example' }, '--resource https://a.example'],
    [
      'a slash too many',
      { what: 'resource', sent: 'http://a/', registered: ['http://a'] },
      "resource: 'http://a'",
    ],
    ['an origin', { what: 'origin', sent: 'http://localhost:9' }, '--frontend-url http://localhost:9'],
    [
      'a machine as frontend',
      { sent: 'http://localhost:1/', application: { id: 'dev-api', name: 'API', type: 'MachineToMachine' } },
      'LOGTO_SPA_APP_ID=dev-frontend',
    ],
    [
      'the secret of the web application',
      { what: 'client_secret', application: { id: 'dev-web', name: 'Web', type: 'Traditional' } },
      'LOGTO_WEB_APP_SECRET in .env',
    ],
  ])('has a line for %s', (_, fields, line) => {
    expect(remedyInDev(refused(fields))).toContain(line)
  })
})
