import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { type Answer, text } from '../http.js'
import { recordedExchange } from '../recordings.js'
import { MANAGEMENT_API, type World } from '../world.js'
import { expectReleased, released } from './released.js'

const GRANT = { grant_type: 'client_credentials', resource: MANAGEMENT_API, scope: 'all' }

/** A token request with this secret in the header or in the form. */
const byBasic = (world: World, id: string, secret: string): Promise<Answer> =>
  world.token(GRANT, { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` })
const byForm = (world: World, id: string, secret: string): Promise<Answer> =>
  world.token({ ...GRANT, client_id: id, client_secret: secret })

const makeMachine = (world: World) =>
  world.make('/applications', { name: world.name('m2m'), type: 'MachineToMachine' })

const refusedLike = (world: World, answer: Answer, file: string): void => {
  expectReleased(answer, file)
  const { headers } = recordedExchange(released(file)).response
  expect(answer.headers.get('cache-control') ?? undefined).toBe(headers['cache-control'])
  const challenge = headers['www-authenticate']?.replace('http://127.0.0.1:3001/oidc', world.issuer)
  expect(answer.headers.get('www-authenticate') ?? undefined).toBe(challenge)
}

function secretCase(name: string, files: readonly string[], run: ContractCase['run']): ContractCase {
  const compares = 'status, content type, cache-control, challenge, body'
  return { name, recording: files.map(released).join(', '), compares, run }
}

export const clientSecrets: ContractGroup = {
  subject: 'Client secrets',
  cases: [
    secretCase(
      'an expired secret, by basic authentication and in the form',
      ['application-secret-create-expiring', 'token-secret-expired-basic', 'token-secret-expired-post'],
      async (world) => {
        const { id } = await makeMachine(world)
        const body = { name: 'short', expiresAt: Date.now() + 1500 }
        const made = await world.management('POST', `/applications/${id}/secrets`, { body })
        expectReleased(made, 'application-secret-create-expiring')
        const secret = text(made, 'value')
        expect((await byBasic(world, id, secret)).status).toBe(200)
        await new Promise((resolve) => setTimeout(resolve, 1800))
        refusedLike(world, await byBasic(world, id, secret), 'token-secret-expired-basic')
        refusedLike(world, await byForm(world, id, secret), 'token-secret-expired-post')
      },
    ),
    secretCase('a secret that expires in the past', ['application-secret-create-past'], async (world) => {
      const { id } = await makeMachine(world)
      const body = { name: 'past', expiresAt: Date.now() - 1000 }
      const answer = await world.management('POST', `/applications/${id}/secrets`, { body })
      expectReleased(answer, 'application-secret-create-past')
    }),
    secretCase('a deleted secret', ['token-secret-deleted'], async (world) => {
      const { id } = await makeMachine(world)
      const made = await world.made('POST', `/applications/${id}/secrets`, { name: 'gone' })
      await world.made('DELETE', `/applications/${id}/secrets/gone`)
      refusedLike(world, await byBasic(world, id, text(made, 'value')), 'token-secret-deleted')
    }),
    secretCase('a wrong secret', ['token-secret-wrong'], async (world) =>
      refusedLike(world, await byBasic(world, world.machine.id, 'wrong'), 'token-secret-wrong'),
    ),
    secretCase('a secret of an unknown client', ['token-unknown-client'], async (world) =>
      refusedLike(world, await byBasic(world, 'nope', 'wrong'), 'token-unknown-client'),
    ),
  ],
}
