import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { send, text } from '../contract/http.js'
import { Person, pkceOf } from '../contract/person.js'
import { recording } from '../contract/recordings.js'
import { startWebhookReceiver, type WebhookReceiver } from '../contract/webhook-receiver.js'
import { ALICE, refresh, refreshTokenOf, request, signIn, startLogto, token } from './logto.js'

// Logto sent these events while it was recorded; the deliveries were not kept, their keys were.
const { observed } = recording<{ observed: Record<string, { variants: { keys: string[] }[] }> }>(
  'webhook-event-matrix.json',
)

let receiver: WebhookReceiver
let logto: EmbeddedLogto
let authorization: string

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  logto = await startLogto({ hooks: [{ url: receiver.url }] })
  const form = {
    client_id: 'machine',
    client_secret: 'machine-secret',
    resource: 'https://default.logto.app/api',
    scope: 'all',
  }
  authorization = `Bearer ${text(await token(logto, { grant_type: 'client_credentials', ...form }), 'access_token')}`
})
afterAll(() => Promise.all([logto.close(), receiver.close()]))

const management = (method: string, path: string, body?: unknown) =>
  send(`${logto.url}/api${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

async function expectKeys(event: string, marker: string): Promise<Record<string, unknown>> {
  const delivery = await receiver.wait(
    (candidate) => candidate.event.event === event && candidate.body.includes(marker),
    event,
  )
  expect(Object.keys(delivery.event).toSorted()).toEqual(observed[event]?.variants[0]?.keys.toSorted())
  return delivery.event
}

describe('events whose deliveries were not kept', () => {
  it('Identifier.Lockout after too many wrong passwords, and then even the right one is refused', async () => {
    logto.state.users.create({ username: 'locked', password: 'correct-horse' })
    logto.state.signInExperience.sentinelPolicy = { maxAttempts: 3 }
    const person = new Person(logto.url)
    await person.begin(request(pkceOf('v'.repeat(43))))
    const identifier = { type: 'username', value: 'locked' }
    const attempt = (password: string) =>
      person.step('POST', '/verification/password', { identifier, password })
    for (let times = 0; times < 3; times++) expect((await attempt('wrong')).status).toBe(422)
    const event = await expectKeys('Identifier.Lockout', 'locked')
    expect(event).toMatchObject({ type: 'username', value: 'locked', interactionEvent: 'SignIn' })
    expect((await attempt('correct-horse')).fields.code).toBe(
      'session.verification_blocked_too_many_attempts',
    )
  })

  it('Grant.LimitExceeded when an application allows fewer grants, and the oldest ends', async () => {
    await management('PATCH', '/applications/spa', { customClientMetadata: { maxAllowedGrants: 2 } })
    const first = await signIn(logto)
    await signIn(logto)
    await signIn(logto)
    const event = await expectKeys('Grant.LimitExceeded', 'maxAllowedGrants')
    expect(event).toMatchObject({
      maxAllowedGrants: 2,
      preRevocationActiveGrantCount: 3,
      applicationId: 'spa',
    })
    expect((await refresh(logto, refreshTokenOf(first))).fields.error).toBe('invalid_grant')
    await management('PATCH', '/applications/spa', { customClientMetadata: {} })
  })

  it('Scope.Deleted', async () => {
    const resource = [...logto.state.resources.values()].at(-1)
    const scope = await management('POST', `/resources/${resource?.id}/scopes`, { name: 'temporary' })
    await management('DELETE', `/resources/${resource?.id}/scopes/${scope.fields.id}`)
    await expectKeys('Scope.Deleted', String(scope.fields.id))
  })

  it('OrganizationScope.Deleted and OrganizationRole.Data.Updated', async () => {
    const scope = await management('POST', '/organization-scopes', { name: 'temporary' })
    await management('DELETE', `/organization-scopes/${scope.fields.id}`)
    await expectKeys('OrganizationScope.Deleted', String(scope.fields.id))
    const role = await management('POST', '/organization-roles', { name: 'changed' })
    await management('PATCH', `/organization-roles/${role.fields.id}`, { description: 'd' })
    await expectKeys('OrganizationRole.Data.Updated', String(role.fields.id))
  })

  it('signs in again after a lockout of somebody else', async () => {
    expect((await signIn(logto, ALICE)).status).toBe(200)
  })
})
