import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, send, text } from '../http.js'
import { recordedExchange, recording } from '../recordings.js'
import type { World } from '../world.js'

const SETTINGS = '/account-center'

/** Runs with the account center as recorded, and puts it back. */
async function withAccountCenter(world: World, run: () => Promise<void>): Promise<void> {
  const { enabled, fields } = (await world.made('GET', SETTINGS)).fields
  try {
    await world.made('PATCH', SETTINGS, recordedExchange('released/account-center-enable.json').request.body)
    await run()
  } finally {
    await world.made('PATCH', SETTINGS, { enabled, fields })
  }
}

async function account(world: World, scope: string, method: string, body: unknown): Promise<Answer> {
  const user = await world.makeUser({ name: 'Alice', primaryEmail: `${world.name('account')}@example.com` })
  const token = text(await world.tokens(user, { resource: undefined, scope }), 'access_token')
  return send(`${world.endpoint}/api/my-account`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'PATCH' && { body: JSON.stringify(body) }),
  })
}

const SCOPES = ['openid-only', 'openid-profile', 'openid-profile-custom_data']
const TITLES: Record<string, string> = {
  'account-get': 'reads',
  'account-patch-name': 'changes the name',
  'account-patch-customData': 'changes the custom data',
}

const scoped: ContractCase[] = Object.entries(TITLES).flatMap(([act, title]) =>
  SCOPES.map((scopes) => {
    const file = `released/${act}-scope-${scopes}.json`
    return {
      name: `a user ${title} with the scopes ${scopes.replaceAll('-', ' ').replace('openid only', 'openid')}`,
      recording: file,
      compares: 'status, content type, exactly the recorded fields; error body',
      run: async (world: World) => {
        const { request, response } = recordedExchange(file)
        const { extra } = recording<{ extra: { scopeOfToken: string } }>(file)
        await withAccountCenter(world, async () => {
          const answer = await account(world, extra.scopeOfToken, request.method, request.body)
          expectLike(answer, response, { free: ['customData', 'profile'], optional: ['cimdClientId'] })
          // What was written is in the answer.
          if (response.status === 200) expect(answer.fields).toMatchObject(Object(request.body))
        })
      },
    }
  }),
)

/** The account center's settings, and what users read and change about themselves. */
export const accounts: ContractGroup = {
  subject: 'Account API',
  cases: [
    {
      name: 'the account center of a new Logto',
      recording: 'released/account-center-get-default.json',
      compares: 'status, content type, shape of the body',
      run: async (world) => {
        await world.replay('released/account-center-get-default.json', { free: ['fields'] })
      },
    },
    {
      name: 'the account center switched on and off again',
      recording: 'released/account-center-enable.json',
      compares: 'status and every recorded value; off, the fields stay as they are',
      run: async (world) => {
        const { request, response } = recordedExchange('released/account-center-enable.json')
        await withAccountCenter(world, async () => {
          const on = await world.replay('released/account-center-enable.json')
          expect(on.body).toMatchObject(Object(request.body))
          const off = await world.made('PATCH', SETTINGS, { enabled: false })
          expect(off.status).toBe(response.status)
          expect(off.body).toMatchObject({ ...Object(request.body), enabled: false })
          expect((await world.made('GET', SETTINGS)).fields.enabled).toBe(false)
        })
      },
    },
    ...scoped,
  ],
}
