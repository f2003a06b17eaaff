import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import type { Replay } from '../expect-like.js'
import { text } from '../http.js'
import { recordedExchange } from '../recordings.js'
import type { World } from '../world.js'

const FREE = { free: ['customData', 'profile', 'identities'] }
const compares = 'status, content type, shape of the user'

function userCase(
  name: string,
  file: string,
  run: (world: World, path: string) => Promise<void>,
): ContractCase {
  const recording = `mgmt/${file}.json`
  return { name, recording, compares, run: (world) => run(world, recording) }
}

/** A recorded creation of a user, with names of our own; the user goes again. */
function creation(name: string, file: string, own: (world: World) => Record<string, unknown>): ContractCase {
  return userCase(name, file, async (world, path) => {
    const recorded = recordedExchange(path).request.body
    const body = { ...(typeof recorded === 'object' ? recorded : {}), ...own(world) }
    const answer = await world.replay(path, { body, ...FREE })
    const id = text(answer, 'id')
    expect(id).toMatch(/^[a-z0-9]{12}$/)
    await world.made('DELETE', `/users/${id}`)
  })
}

/** A recorded request about one user, made about a new one. */
function change(name: string, file: string, replay: (world: World) => Replay = () => ({})): ContractCase {
  return userCase(name, file, async (world, path) => {
    const user = await world.makeUser({ customData: { tier: 'gold' }, profile: { givenName: 'Bob' } })
    const recorded = recordedExchange(path).request.url.replace(/^.*\/api/, '')
    await world.replay(path, {
      path: recorded.replace(/^\/users\/\w+/, `/users/${user.id}`),
      optional: ['primaryEmail', 'primaryPhone', 'name', 'avatar'],
      ...FREE,
      ...replay(world),
    })
  })
}

/** A creation that Logto refuses; the error is compared whole. */
const refusal = (name: string, file: string): ContractCase => ({
  ...userCase(name, file, async (world, path) => {
    await world.replay(path)
  }),
  compares: 'status, content type, error body',
})

const phone = (): string => `1555${Math.floor(Math.random() * 9_000_000 + 1_000_000)}`

export const users: ContractGroup = {
  subject: 'Management API: users',
  cases: [
    creation('a user with everything', 'user-create', (world) => ({
      username: world.name('bob'),
      primaryEmail: `${world.name('bob')}@example.com`,
      primaryPhone: phone(),
    })),
    creation('a user with nothing', 'user-create-empty', () => ({})),
    creation('a user with a weak password', 'user-create-weak-password', (world) => ({
      username: world.name('weak'),
    })),
    creation('an id cannot be chosen', 'user-create-with-id', (world) => ({
      username: world.name('withid'),
    })),
    creation('a username that differs in case alone', 'user-create-username-case', (world) => ({
      username: world.alice.username.toUpperCase(),
    })),
    creation('a user to delete', 'user-create-todelete', (world) => ({
      username: world.name('todelete'),
      primaryEmail: `${world.name('todelete')}@example.com`,
    })),
    refusal('an invalid username', 'user-create-invalid-username'),
    refusal('an invalid email address', 'user-create-invalid-email'),
    refusal('a formatted phone number', 'user-create-phone-formatted'),
    {
      ...userCase(
        'an email address in use, in another case',
        'user-create-duplicate-email',
        async (world, path) => {
          const primaryEmail = `${world.name('taken')}@example.com`
          await world.makeUser({ primaryEmail })
          await world.replay(path, { body: { primaryEmail: primaryEmail.toUpperCase() } })
        },
      ),
      compares: 'status, content type, error body',
    },
    change('read a user', 'user-get'),
    change('change name and avatar', 'user-patch-name'),
    change('change the email address', 'user-patch-email', (world) => ({
      body: { primaryEmail: `${world.name('new')}@example.com` },
    })),
    change('merge custom data', 'user-patch-customdata-merge2', () => ({ free: [''] })),
    change('replace custom data', 'user-patch-user-customdata-replace'),
    change('merge the profile', 'user-patch-profile'),
    change('set a password', 'user-patch-password'),
    change('suspend', 'user-suspend'),
    change('end the suspension', 'user-unsuspend'),
    change('link an identity', 'user-identity-put'),
    userCase('unlink an identity', 'user-identity-delete', async (world, path) => {
      const user = await world.makeUser()
      const identity = { userId: world.name('google'), details: { email: 'g@x.y' } }
      await world.made('PUT', `/users/${user.id}/identities/google`, identity)
      const optional = ['primaryEmail', 'primaryPhone', 'name', 'avatar']
      await world.replay(path, { path: `/users/${user.id}/identities/google`, optional, ...FREE })
    }),
    userCase('delete', 'user-delete', async (world, path) => {
      const { fields } = await world.made('POST', '/users', { username: world.name('gone') })
      await world.replay(path, { path: `/users/${fields.id}` })
      expect((await world.management('GET', `/users/${fields.id}`)).status).toBe(404)
    }),
    {
      ...userCase(
        'custom data is merged shallowly, and replaced through the user',
        'user-patch-customdata-merge2',
        async (world) => {
          const user = await world.makeUser({ customData: { tier: 'gold', x: { a: 1 } } })
          const path = `/users/${user.id}`
          const merged = await world.made('PATCH', `${path}/custom-data`, { customData: { x: { b: 2 } } })
          expect(merged.body).toEqual({ tier: 'gold', x: { b: 2 } })
          await world.made('PATCH', path, { customData: { only: true } })
          expect((await world.made('GET', path)).fields.customData).toEqual({ only: true })
        },
      ),
      compares: 'values after the merge and after the replacement',
    },
    {
      ...userCase('every write bumps updatedAt', 'user-patch-name', async (world) => {
        const user = await world.makeUser()
        const before = (await world.made('GET', `/users/${user.id}`)).fields
        expect(before.updatedAt).toBe(before.createdAt)
        await new Promise((resolve) => setTimeout(resolve, 5))
        const { fields } = await world.made('PATCH', `/users/${user.id}`, { name: 'B' })
        expect(Number(fields.updatedAt)).toBeGreaterThan(Number(before.updatedAt))
      }),
      compares: 'updatedAt before and after a change',
    },
  ],
}
