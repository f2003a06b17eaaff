import { expect, expectTypeOf, it } from 'vitest'
import type { LogtoUser } from '../../src/logto/index.js'
import {
  createWebhookHandler,
  type KnownWebhookEvent,
  type LogtoScope,
  type LogtoWebhookEvent,
  parseWebhookEvent,
  userOf,
  WEBHOOK_EVENTS,
  WebhookError,
  type WebhookEventMap,
} from '../../src/webhook/index.js'
import { eventJson, SIGNING_KEY } from '../support/webhook-deliveries.js'

it('each handler gets the type of its event', () => {
  createWebhookHandler({
    signingKey: SIGNING_KEY,
    on: {
      'User.Created': (event) => {
        expectTypeOf(event.event).toEqualTypeOf<'User.Created'>()
        expectTypeOf(event.data).toEqualTypeOf<LogtoUser | undefined>()
        // @ts-expect-error only Post* events have it
        void event.user
      },
      'User.Data.Updated': (event) => {
        // @ts-expect-error the data may be custom data, whose name is anything: userOf tells
        const name: string | null | undefined = event.data?.name
        void name
        expectTypeOf(userOf(event)).toEqualTypeOf<LogtoUser | undefined>()
      },
      'Role.Scopes.Updated': ({ data }) => expectTypeOf(data).toEqualTypeOf<LogtoScope[] | undefined>(),
      PostSignIn: ({ user, userId }) => {
        expectTypeOf(user).toEqualTypeOf<LogtoUser | undefined>()
        expectTypeOf(userId).toEqualTypeOf<string | undefined>()
        // @ts-expect-error every field but those that identify the event may be missing
        void user.id
      },
      'Organization.Membership.Updated': ({ addedUserIds }) =>
        expectTypeOf(addedUserIds).toEqualTypeOf<string[] | undefined>(),
    },
    onAny: (event) => expectTypeOf(event).toEqualTypeOf<LogtoWebhookEvent>(),
  })
})

it('a misspelt event name does not compile, and does not start', () => {
  expect(() =>
    createWebhookHandler({
      signingKey: SIGNING_KEY,
      // @ts-expect-error no such event
      on: { 'User.Create': () => undefined },
    }),
  ).toThrow(WebhookError)
})

it('a handler without a signing key does not compile', () => {
  // @ts-expect-error the signing key is no option to leave out
  expect(() => createWebhookHandler({ on: {} })).toThrow(WebhookError)
})

it('comparing event narrows, unknown events included', () => {
  const event = parseWebhookEvent(JSON.parse(eventJson()))
  if (event.event === 'User.Created') {
    const created: WebhookEventMap['User.Created'] = event
    expect(created.data).toBeUndefined()
  }
  if (event.event === 'PostSignIn') expectTypeOf(event.user).toEqualTypeOf<LogtoUser | undefined>()
  // @ts-expect-error no such event: a typo in a comparison is found too
  expect(event.event === 'User.Create').toBe(false)
})

it('there is one type for each of the 29 events', () => {
  expectTypeOf<KnownWebhookEvent['event']>().toEqualTypeOf<keyof WebhookEventMap>()
  expect(WEBHOOK_EVENTS).toHaveLength(29)
})
