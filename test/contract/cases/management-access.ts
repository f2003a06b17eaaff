import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, send, text } from '../http.js'
import { recordedExchange } from '../recordings.js'
import { MANAGEMENT_API, type World } from '../world.js'

function access(name: string, file: string, request: (world: World) => Promise<Answer>): ContractCase {
  const path = `errors/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status, content type, body',
    run: async (world) => {
      const { response } = recordedExchange(path)
      const answer = await request(world)
      expectLike(answer, response)
      expect(answer.body).toEqual(response.body)
    },
  }
}

const users = (world: World, authorization?: string): Promise<Answer> =>
  send(`${world.endpoint}/api/users`, authorization === undefined ? {} : { headers: { authorization } })

async function token(world: World, machine = world.machine): Promise<string> {
  return text(await world.machineToken({ resource: MANAGEMENT_API, scope: 'all' }, machine), 'access_token')
}

export const managementAccess: ContractGroup = {
  subject: 'Access to the Management API',
  cases: [
    access('no authorization header', 'mgmt-no-authorization-header', (world) => users(world)),
    access('another authorization scheme', 'mgmt-wrong-auth-scheme', (world) => users(world, 'Basic abc')),
    access('a token that is none', 'mgmt-garbage-token', (world) => users(world, 'Bearer abc')),
    access('a token with a changed signature', 'mgmt-tampered-token', async (world) => {
      const [header, payload, signature = ''] = (await token(world)).split('.')
      const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
      return users(world, `Bearer ${header}.${payload}.${changed}`)
    }),
    access('a machine without the role', 'mgmt-api-m2m-without-role', async (world) =>
      users(world, `Bearer ${await token(world, world.plainMachine)}`),
    ),
    access('an unknown route', 'mgmt-unknown-route-404', (world) => world.management('GET', '/nope')),
    {
      name: 'a method that the route does not know',
      recording: 'errors/mgmt-method-not-allowed.json',
      compares: 'status, content type, body, methods in the allow header',
      run: async (world) => {
        const { response } = recordedExchange('errors/mgmt-method-not-allowed.json')
        const answer = await world.management('PUT', '/users', { body: {} })
        expectLike(answer, response)
        expect(answer.body).toBe(response.body)
        const methods = (allow: string | null | undefined) => allow?.split(', ').toSorted()
        expect(methods(answer.headers.get('allow'))).toEqual(methods(response.headers.allow))
      },
    },
    access('a body of a wrong type', 'mgmt-invalid-json-type', (world) =>
      world.management('POST', '/users', { body: { username: 5 } }),
    ),
    access('deletion of a user that does not exist', 'mgmt-unknown-user-delete-404', (world) =>
      world.management('DELETE', '/users/doesnotexist'),
    ),
    access('a change of a user that does not exist', 'mgmt-unknown-user-patch-404', (world) =>
      world.management('PATCH', '/users/doesnotexist', { body: { name: 'x' } }),
    ),
    access('a change of a field that does not exist', 'mgmt-user-set-unknown-field', (world) =>
      world.management('PATCH', `/users/${world.norole.id}`, { body: { nope: 1 } }),
    ),
    access('page 0', 'mgmt-page-0', (world) => world.management('GET', '/users?page=0')),
    access('a page of 101', 'mgmt-page-size-101', (world) => world.management('GET', '/users?page_size=101')),
    access("a machine's role for a user", 'assign-m2m-role-to-user', (world) =>
      world.management('POST', `/users/${world.norole.id}/roles`, {
        body: { roleIds: [world.managementRole.id] },
      }),
    ),
    access("a machine's role for a single-page application", 'assign-m2m-role-to-spa', (world) =>
      world.management('POST', `/applications/${world.spa.id}/roles`, {
        body: { roleIds: [world.managementRole.id] },
      }),
    ),
  ],
}
