import { describe, expect, it } from 'vitest'
import {
  isTestDelivery,
  parseWebhookEvent,
  signWebhook,
  userIdOf,
  userOf,
  verifyWebhook,
  type WebhookDrift,
} from '../../src/webhook/index.js'
import { eventJson, SIGNING_KEY } from '../support/webhook-deliveries.js'
import { webhookRecording } from '../support/webhook-recordings.js'

const bodyOf = (file: string) => JSON.parse(webhookRecording(file).body)
const update = () => bodyOf('0007-user-patch-name-User.Data.Updated.json')
const created = () => bodyOf('0004-user-create-User.Created.json')

function driftOf(json: unknown): WebhookDrift['fields'] {
  const fields: WebhookDrift['fields'] = []
  parseWebhookEvent(json, (drift) => fields.push(...drift.fields))
  return fields
}

describe('the drift policy', () => {
  it('needs nothing but what identifies an event', () => {
    const event = parseWebhookEvent(JSON.parse(eventJson()))
    expect(event.event).toBe('User.Created')
    expect(driftOf(JSON.parse(eventJson()))).toEqual([])
  })

  it('keeps unknown fields, in the event and in its data', () => {
    const json = created()
    json.newField = { deep: [1] }
    json.data.newColumn = 'x'
    expect(parseWebhookEvent(json)).toBe(json)
    expect(json).toMatchObject({ newField: { deep: [1] }, data: { newColumn: 'x' } })
    expect(driftOf(json)).toEqual([])
  })

  it.each(['TrustedDevice.Created', 'constructor', '__proto__', 'toString'])(
    'passes the unknown event %s',
    (event) => {
      expect(parseWebhookEvent(JSON.parse(eventJson({ event }))).event).toBe(event)
    },
  )

  it('reports known fields of another type, and passes the event as it is', () => {
    const json = created()
    json.data.isSuspended = 'no'
    json.data.username = undefined
    json.status = '200'
    expect(parseWebhookEvent(json)).toBe(json)
    expect(driftOf(json).map(({ path }) => path)).toEqual(['status', 'data.username', 'data.isSuspended'])
  })

  it('names no value in its report', () => {
    const json = created()
    json.data.createdAt = 'secret-of-a-user'
    expect(JSON.stringify(driftOf(json))).not.toContain('secret')
  })

  it('does not take the console’s test deliveries for drift', () => {
    expect(driftOf(bodyOf('0209-hooktest-User.Deleted.json'))).toEqual([])
    expect(driftOf({ ...bodyOf('0209-hooktest-User.Deleted.json'), event: 'User.Created' })).toEqual([])
  })
})

describe('the Logto user id', () => {
  it('is Logto’s own before any in the data', () => {
    const json = update()
    json.data.id = 'somebodyelse'
    expect(userIdOf(parseWebhookEvent(json))).toBe('9fi5o6ch078c')
    expect(userIdOf(parseWebhookEvent({ ...json, params: {}, userId: 'aaaaaaaaaaaa' }))).toBe('aaaaaaaaaaaa')
  })

  it('is that of the data when Logto names none, as for a sign-up', () => {
    expect(userIdOf(parseWebhookEvent(created()))).toBe('9fi5o6ch078c')
  })

  it('is that of the user of a Post* event without userId', () => {
    const json = bodyOf('0002-register-PostRegister.json')
    delete json.userId
    expect(userIdOf(parseWebhookEvent(json))).toBe('fqxs9dd65si6')
  })

  it('is never the id of something that is no user', () => {
    for (const event of ['Role.Created', 'Organization.Created', 'TrustedDevice.Created']) {
      expect(userIdOf(parseWebhookEvent({ ...created(), event }))).toBeUndefined()
    }
  })

  it('is never taken from custom data or a profile, even when Logto’s own fields were missing', () => {
    for (const route of ['custom-data', 'profile']) {
      const json = { ...update(), params: {}, matchedRoute: `/users/:userId/${route}`, path: undefined }
      expect(userIdOf(parseWebhookEvent(json))).toBeUndefined()
    }
  })

  it.each([[1], [''], [null], [['9fi5o6ch078c']], [{}]])('is never %j', (id) => {
    const json = { ...created(), data: { ...created().data, id } }
    expect(userIdOf(parseWebhookEvent(json))).toBeUndefined()
  })
})

describe('the user of an event', () => {
  const victim = {
    id: 'fqxs9dd65si6',
    username: 'alice_1',
    isSuspended: true,
    updatedAt: 9_999_999_999_999,
  }

  it('is the whole user of a data event or of a Post* event', () => {
    expect(userOf(parseWebhookEvent(update()))).toEqual(update().data)
    expect(userOf(parseWebhookEvent(bodyOf('0003-signin-PostSignIn.json')))?.username).toBe('alice_1')
    expect(userOf(parseWebhookEvent(bodyOf('0055-user-delete-User.Deleted.json')))?.id).toBe('7rwm6g84ju27')
  })

  it.each(['custom-data', 'profile', 'custom-data/', 'profile/'])(
    'is not the %s that poses as a user, another’s or one’s own',
    (route) => {
      for (const id of ['fqxs9dd65si6', '9fi5o6ch078c']) {
        const json = {
          ...update(),
          path: `/users/9fi5o6ch078c/${route}`,
          matchedRoute: `/users/:userId/${route}`,
          data: { ...victim, id },
        }
        const event = parseWebhookEvent(json)
        expect(userIdOf(event)).toBe('9fi5o6ch078c')
        expect(userOf(event)).toBeUndefined()
        expect(userOf(parseWebhookEvent({ ...json, matchedRoute: undefined }))).toBeUndefined()
        expect(userOf(parseWebhookEvent({ ...json, path: undefined }))).toBeUndefined()
      }
    },
  )

  it('is not a record whose id is not the event’s', () => {
    expect(userOf(parseWebhookEvent({ ...update(), data: { ...update().data, ...victim } }))).toBeUndefined()
  })

  it('is not a part of one', () => {
    const { isSuspended: _, ...part } = update().data
    expect(userOf(parseWebhookEvent({ ...update(), data: part }))).toBeUndefined()
    expect(userOf(parseWebhookEvent({ ...update(), data: null }))).toBeUndefined()
    expect(userOf(parseWebhookEvent(bodyOf('0023-role-create-Role.Created.json')))).toBeUndefined()
  })

  it('is not what stands in __proto__', () => {
    const json = JSON.parse(eventJson().replace('{', `{"__proto__":{"userId":"x","user":{"id":"x"}},`))
    expect(userIdOf(parseWebhookEvent(json))).toBeUndefined()
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype)
  })
})

describe('a test delivery', () => {
  it('is known by what only Logto fills in', () => {
    expect(isTestDelivery(parseWebhookEvent(bodyOf('0209-hooktest-User.Deleted.json')))).toBe(true)
    expect(isTestDelivery(parseWebhookEvent(bodyOf('0211-hooktest500-PostRegister.json')))).toBe(true)
  })

  it('is not a real event whose user or data looks like one', () => {
    const { data } = bodyOf('0209-hooktest-User.Deleted.json')
    expect(isTestDelivery(parseWebhookEvent({ ...update(), data }))).toBe(false)
    const { user } = bodyOf('0211-hooktest500-PostRegister.json')
    const signIn = { ...bodyOf('0003-signin-PostSignIn.json'), user }
    expect(isTestDelivery(parseWebhookEvent(signIn))).toBe(false)
  })
})

describe('what Logto can sign is never refused', () => {
  const big = 'x'.repeat(1024 * 1024)
  it.each([
    ['emoji and other scripts', { note: '👩‍👩‍👧‍👦 Ünïcödé 你好 \u202e' }],
    ['lone surrogates, which JSON escapes', { note: '\ud83d', more: '\udc00\ud800' }],
    ['control characters', { note: '\u0000\u001f\u007f\u2028' }],
    ['1 MB of custom data', { note: big }],
    ['integer-like keys', { '2': 'b', '1': 'a', '-0': 'c', '1e3': 'd' }],
    ['keys of Object.prototype', JSON.parse('{"__proto__":{"isSuspended":false},"constructor":1,"then":2}')],
  ])('%s', (_, customData) => {
    const body = JSON.stringify({ ...update(), data: { ...update().data, customData } })
    for (const raw of [body, Buffer.from(body)]) {
      const event = verifyWebhook(raw, signWebhook(raw, SIGNING_KEY), SIGNING_KEY)
      expect(JSON.stringify(event)).toBe(body)
      expect(JSON.stringify(userOf(event)?.customData)).toBe(JSON.stringify(customData))
    }
  })

  it.each(['[', '{"a":'])('a depth bomb of %s', (opening) => {
    const depth = 200_000
    const closing = opening === '[' ? ']' : '}'
    const bomb = `${opening.repeat(depth)}1${closing.repeat(depth)}`
    const body = eventJson({ event: 'User.Data.Updated', data: 0 }).replace('"data":0', `"data":${bomb}`)
    expect(verifyWebhook(body, signWebhook(body, SIGNING_KEY), SIGNING_KEY).event).toBe('User.Data.Updated')
    const elsewhere = eventJson({ params: 0 }).replace('"params":0', `"params":${bomb}`)
    expect(verifyWebhook(elsewhere, signWebhook(elsewhere, SIGNING_KEY), SIGNING_KEY).event).toBe(
      'User.Created',
    )
  })
})
