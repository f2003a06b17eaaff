import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, send, text } from '../http.js'
import { type Credentials, pkceOf } from '../person.js'
import { recordedExchange, recordedWebhook } from '../recordings.js'
import { PASSWORD, type World } from '../world.js'
import { caused, deliveryOf, expectEvent } from './webhook-case.js'

/** A recorded change of a user through the Management API, made to a new one. */
const userChange = (
  name: string,
  file: string,
  subpath: string,
  body: (world: World) => unknown,
): ContractCase =>
  caused(name, file, async (world) => {
    const user = await world.makeUser({ customData: { tier: 'gold' } })
    await world.made('PATCH', `/users/${user.id}${subpath}`, body(world))
    return user.id
  })

const signUp = async (world: World): Promise<string> => {
  const username = world.name('new')
  const person = world.person()
  await person.begin(world.authorization(pkceOf('v'.repeat(43))))
  await person.follow(await person.register({ username, password: PASSWORD }))
  await remove(world, username)
  return username
}

async function remove(world: World, username: string): Promise<void> {
  const { body } = await world.made('GET', `/users?search.username=${username}&mode.username=exact`)
  for (const { id } of Array.isArray(body) ? body : []) await world.made('DELETE', `/users/${id}`)
}

const userEvents: ContractCase[] = [
  caused('sign-up: User.Created', '0001-register-User.Created', signUp),
  caused('sign-up: PostRegister', '0002-register-PostRegister', signUp),
  caused('sign-up in a browser: User.Created', '0303-browser-User.Created', signUp),
  caused('sign-up in a browser: PostRegister', '0304-browser-PostRegister', signUp),
  {
    name: 'a registration comes after its user',
    recording: 'webhooks/0002-register-PostRegister.json',
    compares: 'order of createdAt, lastSignInAt set in the second only',
    run: async (world) => {
      const username = await signUp(world)
      const created = (await deliveryOf(world, 'User.Created', username)).event
      const registered = (await deliveryOf(world, 'PostRegister', username)).event
      expect(String(created.createdAt) <= String(registered.createdAt)).toBe(true)
      expect(created.data).toMatchObject({ lastSignInAt: null })
      expect(registered.user).toMatchObject({ lastSignInAt: expect.any(Number) })
    },
  },
  {
    name: 'both events of a sign-up are made before its token; nothing promises that they arrive before',
    recording: 'webhook-vs-token-timing.json',
    compares: 'createdAt of both events beside the time of the token',
    run: async (world) => {
      const username = world.name('new')
      const authorization = await world
        .person()
        .signUp(world.authorization(), { username, password: PASSWORD })
      await world.exchange(authorization)
      const tokenAt = new Date(Date.now() + 1000).toISOString()
      const [created, registered] = await Promise.all([
        deliveryOf(world, 'User.Created', username),
        deliveryOf(world, 'PostRegister', username),
      ])
      const times = [created, registered].map(({ event }) => String(event.createdAt))
      expect([...times, tokenAt]).toEqual([...times, tokenAt].toSorted())
      await remove(world, username)
    },
  },
  caused(
    'an abandoned sign-up: User.Created alone',
    '0179-register-abandoned-User.Created',
    async (world) => {
      const value = world.name('new')
      const person = world.person()
      await person.begin(world.authorization(pkceOf('v'.repeat(43))))
      await person.step('PUT', '', { interactionEvent: 'Register' })
      const identifier = { type: 'username', value }
      const verified = await person.step('POST', '/verification/new-password-identity', {
        identifier,
        password: PASSWORD,
      })
      await person.step('POST', '/identification', verified.body)
      await deliveryOf(world, 'User.Created', value)
      const registered = world.receiver.received.some(
        ({ event, body }) => event.event === 'PostRegister' && body.includes(value),
      )
      expect(registered).toBe(false)
      await remove(world, value)
      return value
    },
  ),
  caused('sign-in: PostSignIn', '0003-signin-PostSignIn', async (world) => {
    const user = await world.makeUser()
    await world.signIn(user)
    return user.id
  }),
  caused('sign-in in a browser: PostSignIn', '0305-browser-PostSignIn', async (world) => {
    const user = await world.makeUser()
    await world.signIn(user)
    return user.id
  }),
  caused('POST /users: User.Created', '0004-user-create-User.Created', async (world) => {
    return (await world.makeUser({ name: 'Bob', customData: { tier: 'gold' } })).id
  }),
  caused(
    'POST /users with a weak password: User.Created',
    '0006-user-create-weak-password-User.Created',
    async (world) => {
      return (await world.makeUser({ password: 'a' })).id
    },
  ),
  userChange('change of the name: the whole user', '0007-user-patch-name-User.Data.Updated', '', () => ({
    name: 'Bob 2',
  })),
  userChange(
    'change of the username: the whole user',
    '0008-user-patch-username-User.Data.Updated',
    '',
    (world) => ({
      username: world.name('renamed'),
    }),
  ),
  userChange('a change that changes nothing', '0010-user-patch-noop-User.Data.Updated', '', () => ({
    name: null,
  })),
  {
    name: 'merged custom data: that object alone, no id',
    recording: 'webhooks/0011-user-patch-customdata-merge-User.Data.Updated.json',
    compares: 'keys of the event, data, id in params',
    run: async (world) => {
      const user = await world.makeUser({ customData: { tier: 'gold' } })
      await world.made('PATCH', `/users/${user.id}/custom-data`, { customData: { x: { a: 1 } } })
      const delivery = await deliveryOf(world, 'User.Data.Updated', user.id)
      const path = 'webhooks/0011-user-patch-customdata-merge-User.Data.Updated.json'
      expectEvent(world, delivery, path)
      expect(delivery.event.data).toEqual(recordedWebhook(path).event.data)
      expect(delivery.event.params).toEqual({ userId: user.id })
    },
  },
  userChange(
    'custom data replaced through the user: the whole user',
    '0013-user-patch-user-customdata-replace-User.Data.Updated',
    '',
    () => ({
      customData: { only: true },
    }),
  ),
  {
    name: 'a merged profile: that object alone, no id',
    recording: 'webhooks/0014-user-patch-profile-User.Data.Updated.json',
    compares: 'keys of the event, data, id in params',
    run: async (world) => {
      const user = await world.makeUser({ profile: { givenName: 'Bob' } })
      await world.made('PATCH', `/users/${user.id}/profile`, { profile: { familyName: 'Builder' } })
      const delivery = await deliveryOf(world, 'User.Data.Updated', user.id)
      expectEvent(world, delivery, 'webhooks/0014-user-patch-profile-User.Data.Updated.json')
      expect(delivery.event.data).toEqual({ givenName: 'Bob', familyName: 'Builder' })
    },
  },
  userChange('suspension', '0016-user-suspend-User.SuspensionStatus.Updated', '/is-suspended', () => ({
    isSuspended: true,
  })),
  userChange(
    'end of a suspension',
    '0017-user-unsuspend-User.SuspensionStatus.Updated',
    '/is-suspended',
    () => ({
      isSuspended: false,
    }),
  ),
  caused('deletion: the whole deleted user', '0055-user-delete-User.Deleted', async (world) => {
    const id = text(await world.made('POST', '/users', { username: world.name('gone') }), 'id')
    await world.made('DELETE', `/users/${id}`)
    return id
  }),
  caused('deletion right after creation', '0172-create-delete-User.Deleted', async (world) => {
    const id = text(await world.made('POST', '/users', { username: world.name('quick') }), 'id')
    await world.made('DELETE', `/users/${id}`)
    return id
  }),
]

const accountEvents: ContractCase[] = [
  {
    name: 'a user changes the own name through the account API',
    recording: 'released/account-patch-name-scope-openid-profile.json, setup/14-enable-account-center.json',
    compares: 'status and shape of both answers, CORS headers of the account API',
    run: async (world) => {
      await withAccountCenter(world, async (recordedCenter) => {
        await world.replay('setup/14-enable-account-center.json', { body: recordedCenter, free: ['fields'] })
        const answer = await renameSelf(world, await world.makeUser())
        const { response } = recordedExchange('released/account-patch-name-scope-openid-profile.json')
        expectLike(answer, response, { free: ['profile'], optional: ['cimdClientId'] })
        for (const name of ['access-control-allow-origin', 'access-control-expose-headers']) {
          expect(answer.headers.get(name)).toBe(response.headers[name])
        }
      })
    },
  },
  caused('the webhook of that: data and no request', '0217-accountapi-User.Data.Updated', async (world) => {
    const user = await world.makeUser()
    await withAccountCenter(world, async (recordedCenter) => {
      await world.made('PATCH', '/account-center', recordedCenter)
      await renameSelf(world, user)
    })
    return user.id
  }),
]

/** Runs with the account center as recorded, and puts it back. */
async function withAccountCenter(world: World, run: (recorded: unknown) => Promise<void>): Promise<void> {
  const { enabled, fields } = (await world.made('GET', '/account-center')).fields
  try {
    await run(recordedExchange('setup/14-enable-account-center.json').request.body)
  } finally {
    await world.made('PATCH', '/account-center', { enabled, fields })
  }
}

async function renameSelf(world: World, user: Credentials): Promise<Answer> {
  const token = text(
    await world.tokens(user, { resource: undefined, scope: 'openid profile' }),
    'access_token',
  )
  return send(`${world.endpoint}/api/my-account`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Alice Self' }),
  })
}

export const webhookUserEvents: ContractGroup = {
  subject: 'Webhooks: users',
  cases: [...userEvents, ...accountEvents],
}
