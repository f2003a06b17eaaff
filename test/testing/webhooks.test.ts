import { describe, expect, it } from 'vitest'
import {
  buildWebhookEvent,
  signedWebhookRequest,
  signWebhookEvent,
} from '../../src/testing/webhooks/webhook-events.js'
import { templateOf } from '../../src/testing/webhooks/webhook-templates.js'
import {
  createWebhookHandler,
  parseWebhookEvent,
  userIdOf,
  userOf,
  WEBHOOK_EVENTS,
  type WebhookDrift,
} from '../../src/webhook/index.js'
import { webhookRecording } from '../support/webhook-recordings.js'

const WITHOUT_RECORDING = [
  'PostSignInAdaptiveMfaTriggered',
  'Scope.Deleted',
  'OrganizationRole.Data.Updated',
  'OrganizationScope.Deleted',
  'Identifier.Lockout',
  'Grant.LimitExceeded',
]

describe.each(WEBHOOK_EVENTS)('the template of %s', (name) => {
  it('is a recording, or marked as having none', () => {
    const { recording, body } = templateOf(name)
    if (recording) expect(body).toBe(webhookRecording(recording).body)
    expect(recording === undefined).toBe(WITHOUT_RECORDING.includes(name))
  })

  it('builds an event of that name without drift', () => {
    const drifts: WebhookDrift[] = []
    expect(parseWebhookEvent(buildWebhookEvent(name), (drift) => drifts.push(drift)).event).toBe(name)
    expect(drifts).toEqual([])
  })
})

it('makes a signed request that a handler accepts', async () => {
  const signingKey = 'a-signing-key'
  const handle = createWebhookHandler({ signingKey, onAny: () => undefined })
  const response = await handle(signedWebhookRequest(buildWebhookEvent('PostSignIn'), { signingKey }))
  expect(await response.json()).toEqual({ result: 'applied' })
})

it('reproduces a recorded delivery byte for byte', () => {
  const { body, headers, signingKey } = webhookRecording('0007-user-patch-name-User.Data.Updated.json')
  const event = buildWebhookEvent('User.Data.Updated', undefined, undefined, 'development')
  expect(signWebhookEvent(event, signingKey)).toEqual({ body, headers })
})

describe('data of the caller', () => {
  it('makes it another user, wherever Logto repeats the id', () => {
    const event = buildWebhookEvent('User.Data.Updated', { id: 'abcdefghijkl', name: 'Ann' })
    expect(event).toMatchObject({ path: '/users/abcdefghijkl', params: { userId: 'abcdefghijkl' } })
    expect(userOf(event)).toMatchObject({ id: 'abcdefghijkl', name: 'Ann', isSuspended: false })
  })

  it('goes into the user of a Post* event', () => {
    const event = buildWebhookEvent('PostRegister', { id: 'abcdefghijkl' })
    expect(event.userId).toBe('abcdefghijkl')
    expect(userIdOf(event)).toBe(event.user?.id)
  })

  it('names what was deleted', () => {
    expect(buildWebhookEvent('Scope.Deleted', { id: 'thescope' })).toMatchObject({
      path: '/resources/e0q6mrqn82eiayby4yehm/scopes/thescope',
      params: { resourceId: 'e0q6mrqn82eiayby4yehm', scopeId: 'thescope' },
    })
  })

  it('replaces a list and an event without subject field by field', () => {
    expect(buildWebhookEvent('Role.Scopes.Updated', []).data).toEqual([])
    const event = buildWebhookEvent('Organization.Membership.Updated', {
      addedUserIds: undefined,
      removedUserIds: ['abcdefghijkl'],
    })
    expect(event.removedUserIds).toEqual(['abcdefghijkl'])
    expect(event).not.toHaveProperty('addedUserIds')
  })
})

it('lets the caller choose the fields of the event', () => {
  const event = buildWebhookEvent('User.Created', {}, { hookId: 'ahook', sessionId: undefined })
  expect(event.hookId).toBe('ahook')
  expect(event).not.toHaveProperty('sessionId')
})

it('gives each caller an object of its own', () => {
  const event = buildWebhookEvent('User.Created')
  event.hookId = 'changed'
  expect(buildWebhookEvent('User.Created').hookId).not.toBe('changed')
})

it.each(['', ' key'])('is not signed with the key %j, which no hook has', (signingKey) => {
  const sign = () => signWebhookEvent(buildWebhookEvent('PostSignIn'), signingKey)
  expect(sign).toThrow(expect.objectContaining({ code: 'signing_key_invalid' }))
})
