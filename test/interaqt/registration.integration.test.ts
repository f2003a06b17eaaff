import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { parseWebhookEvent } from '../../src/webhook/index.js'
import social from '../fixtures/recordings/released/social-second-user-of-one-email.json' with {
  type: 'json',
}
import order from '../fixtures/recordings/released/webhooks-per-act.json' with { type: 'json' }
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'
import { webhookRecording } from '../support/webhook-recordings.js'

describe('registering in the released 1.42.0', () => {
  const logto = new FakeLogto()
  let database: TestDatabase
  let app: TestApp

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    app = await startApp(database.open(), { logto })
  })
  afterAll(() => database.drop())

  // Only the order of the just-in-time event is recorded. The body is that of the other recorded way to become a member.
  const membershipOf = (userId: string) => {
    const body: Record<string, unknown> = JSON.parse(
      webhookRecording('0042-org-member-add-Organization.Membership.Updated.json').body,
    )
    return parseWebhookEvent({ ...body, addedUserIds: [userId] })
  }

  /** The events of a registration with a just-in-time domain, in the order in which they were recorded. */
  const register = (id: string) => {
    const caused = [
      logto.create(id, { primaryEmail: `${id}@acme.example`, hasPassword: false }),
      parseWebhookEvent({ ...logto.signIn(id), event: 'PostRegister', interactionEvent: 'Register' }),
      membershipOf(id),
    ]
    return order.acts['register by e-mail code with a just-in-time domain'].map((name) => {
      const body = caused.find(({ event }) => event === name)
      if (!body) throw new Error(`No body for ${name}`)
      return body
    })
  }

  it('a membership that comes before its user is ignored, and the user is created once', async () => {
    const steps: unknown[] = []
    for (const event of register('alice')) {
      const outcome = await app.sync.apply(event)
      steps.push([event.event, outcome, logto.requests.getUser, (await app.users()).length])
    }
    expect(steps).toEqual([
      ['Organization.Membership.Updated', 'ignored', 0, 0],
      ['User.Created', 'created', 1, 1],
      ['PostRegister', 'stale', 2, 1],
    ])
    expect(await app.user('alice')).toMatchObject({
      email: 'alice@acme.example',
      logtoUpdatedAt: logto.rows.get('alice')?.updatedAt,
    })
  })

  it('ends in one record also when the three come at once', async () => {
    const outcomes = await Promise.all(register('bob').map((event) => app.sync.apply(event)))
    expect(outcomes[0]).toBe('ignored')
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
    expect((await app.users()).filter(({ logtoId }) => logtoId === 'bob')).toHaveLength(1)
  })

  it('a second user by social sign-in gets a record without the address that the first one has', async () => {
    const { id, primaryEmail, name, identities } = social.response.body
    const address = identities['mock-social'].details.email
    await app.sync.apply(logto.create('maya', { primaryEmail: address }))
    await app.sync.apply(logto.create(id, { username: null, primaryEmail, name, identities }))
    expect(await app.user('maya')).toMatchObject({ email: address, isDeleted: false })
    const second = await app.user(id)
    expect(second).toMatchObject({ name: 'Maya S', isDeleted: false })
    expect(second?.email ?? null).toBeNull()
  })
})
