import { readFile, stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeHost } from './fake-host.js'
import { clientOf, type Env, manage, serveDev, usersOf } from './serve-dev.js'

let host: FakeHost
beforeEach(async () => {
  host = await FakeHost.create()
})
afterEach(() => host.remove())

const serving = <T>(args: string[], use: (env: Env) => Promise<T>) => serveDev(host, args, use)

/** Everything in a Logto, but for times. */
async function rowsOf(env: Env): Promise<unknown> {
  const paths = ['/users', '/applications', '/resources?includeScopes=true', '/roles', '/hooks']
  const rows = await Promise.all(paths.map((path) => manage(env, 'GET', path)))
  return JSON.parse(
    JSON.stringify(rows, (key, value) => (key === 'createdAt' || key === 'updatedAt' ? 0 : value)),
  )
}

describe('a second start of dev', () => {
  it('is the same Logto: every id of everything', async () => {
    const args = ['--scope', 'friends:write']
    const before = await serving(args, async (env) => ({ env, rows: await rowsOf(env) }))
    const after = await serving(args, async (env) => ({ env, rows: await rowsOf(env) }))
    expect(after.rows).toEqual(before.rows)
    expect({ ...after.env, LOGTO_ENDPOINT: '' }).toEqual({ ...before.env, LOGTO_ENDPOINT: '' })
  })

  it("replays failed deliveries with yesterday's .env", async () => {
    const { LOGTO_WEBHOOK_ID = '' } = await serving([], async (env) => env)
    await serving([], async (env) => {
      const deliveries = []
      for await (const delivery of clientOf(env).recentDeliveries(LOGTO_WEBHOOK_ID)) deliveries.push(delivery)
      expect(deliveries).toEqual([])
      await expect(clientOf(env).recentDeliveries('another')[Symbol.asyncIterator]().next()).rejects.toThrow()
    })
  })

  it('has the people of flags and files with the same ids, in any order', async () => {
    const users = [{ username: 'carol', password: 'a-password', id: 'carol0000000' }]
    await writeFile(host.path('users.json'), JSON.stringify(users))
    const before = await serving(['--users', 'users.json', '--user', 'dave:x', 'erin:y'], usersOf)
    expect(before.carol).toBe('carol0000000')
    expect(await serving(['--user', 'erin:z', 'dave:x'], usersOf)).toEqual({
      dave: before.dave,
      erin: before.erin,
    })
  })

  it.each([
    ['a long id', [{ username: 'a', password: 'b', id: 'x'.repeat(13) }], '12 lower-case letters and digits'],
    [
      'an id of two users',
      [
        { username: 'a', password: 'b', id: 'x'.repeat(12) },
        { username: 'c', password: 'b', id: 'x'.repeat(12) },
      ],
      'two users have the id "xxxxxxxxxxxx"',
    ],
  ])('refuses %s', async (_, users, message) => {
    await writeFile(host.path('users.json'), JSON.stringify(users))
    const { exitCode, errors } = await host.run('dev', '--port', '0', '--users', 'users.json')
    expect([exitCode, errors.replaceAll('\n', ' ')]).toEqual([1, expect.stringContaining(message)])
  })

  it('has a deleted user as a new person, also after further starts', async () => {
    const before = await serving([], async (env) => {
      const ids = await usersOf(env)
      await manage(env, 'DELETE', `/users/${ids.alice}`)
      return ids
    })
    expect(host.errors).toContain('alice was deleted. Logto gives no id twice')
    expect((await stat(host.path('.interaqt-logto-dev.json'))).mode & 0o777).toBe(0o600)
    const second = await serving([], usersOf)
    expect(host.output).toContain('alice is a new person')
    expect(second.bob).toBe(before.bob)
    expect(second.alice).toMatch(/^[a-z0-9]{12}$/)
    expect(second.alice).not.toBe(before.alice)
    const third = await serving([], async (env) => {
      const ids = await usersOf(env)
      await manage(env, 'DELETE', `/users/${ids.alice}`)
      return ids
    })
    expect(third).toEqual(second)
    expect([before.alice, second.alice]).not.toContain((await serving([], usersOf)).alice)
  })

  it('remembers no deletion of somebody whom it would not bring back', async () => {
    await serving([], async (env) => {
      const user = await manage(env, 'POST', '/users', { username: 'frank' })
      const id = user instanceof Object && 'id' in user ? user.id : ''
      await manage(env, 'DELETE', `/users/${id}`)
    })
    await expect(readFile(host.path('.interaqt-logto-dev.json'))).rejects.toThrow('ENOENT')
  })

  it('says so when its memory of deletions is damaged', async () => {
    await writeFile(host.path('.interaqt-logto-dev.json'), '{}')
    const { exitCode, errors } = await host.run('dev', '--port', '0')
    expect([exitCode, errors]).toEqual([1, expect.stringContaining('.interaqt-logto-dev.json')])
  })
})

describe('a state file', () => {
  it('gets what the flags ask for now, and keeps what was there', async () => {
    const state = ['--state', 'logto.json']
    const before = await serving(state, usersOf)
    const args = [...state, '--scope', 'friends:write', '--redirect-uri', 'http://127.0.0.1:5173/app.html']
    await serving(args, async (env) => {
      expect(await usersOf(env)).toEqual(before)
      const rows = JSON.stringify(await rowsOf(env))
      expect(rows).toContain('"friends:write"')
      expect(rows).toContain('http://localhost:5173/app.html')
      expect(await manage(env, 'GET', `/users/${before.alice}/roles`)).toHaveLength(1)
    })
  })

  it('of a former version gets the web application', async () => {
    const state = ['--state', 'logto.json']
    await serving(state, async () => {})
    const saved = JSON.parse(await readFile(host.path('logto.json'), 'utf8'))
    saved.tables.applications = saved.tables.applications.filter(([id]: [string]) => id !== 'dev-web')
    await writeFile(host.path('logto.json'), JSON.stringify(saved))
    await serving(state, async (env) => {
      expect(await manage(env, 'GET', `/applications/${env.LOGTO_WEB_APP_ID}`)).toMatchObject({
        type: 'Traditional',
      })
    })
  })

  it('is said to win over --user', async () => {
    const state = ['--state', 'logto.json']
    await serving(state, async () => {})
    await serving([...state, '--user', 'carol:x'], async () => {
      expect(host.errors).toContain('--user and --users count only when logto.json is new')
    })
  })
})

describe('the redirect URIs of dev', () => {
  it.each(['http://127.0.0.1:5173', 'http://localhost:5173', 'http://[::1]:5173'])(
    'are those of localhost and of 127.0.0.1, for %s',
    async (frontendUrl) => {
      await serving(['--frontend-url', frontendUrl], async (env) => {
        for (const [id, path] of [
          ['dev-frontend', '/'],
          ['dev-web', '/auth/callback'],
        ]) {
          const application = await manage(env, 'GET', `/applications/${id}`)
          const { origin } = new URL(frontendUrl)
          const origins = [...new Set([origin, 'http://127.0.0.1:5173', 'http://localhost:5173'])]
          expect(application).toMatchObject({
            oidcClientMetadata: {
              redirectUris: expect.arrayContaining(origins.map((each) => `${each}${path}`)),
              postLogoutRedirectUris: expect.arrayContaining(origins.map((each) => `${each}/`)),
            },
          })
        }
        const preflight = await fetch(`${env.LOGTO_ENDPOINT}/oidc/token`, {
          method: 'POST',
          headers: { origin: 'http://localhost:5173' },
          body: new URLSearchParams({
            client_id: 'dev-frontend',
            grant_type: 'refresh_token',
            refresh_token: 'x',
          }),
        })
        expect(preflight.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
      })
    },
  )

  it('stay as they are beyond this machine', async () => {
    await serving(['--frontend-url', 'https://app.example'], async (env) => {
      expect(await manage(env, 'GET', '/applications/dev-frontend')).toMatchObject({
        oidcClientMetadata: { redirectUris: ['https://app.example/'] },
      })
    })
  })
})
