import { createStorage } from 'unstorage'
import { describe, expectTypeOf, it } from 'vitest'
import type { AppOptions } from '../../../src/http/index.js'
import type { LogtoClientOf } from '../../../src/react/index.js'
import type { Client as BrowserClient } from '../../../src/session/browser/index.js'
import type { LogtoSession, SessionStore } from '../../../src/session/index.js'

describe('the types fit together', () => {
  it('a session is what startServer and createApp take', () => {
    expectTypeOf<LogtoSession>().toExtend<NonNullable<AppOptions['session']>>()
    expectTypeOf<LogtoSession['parseUserId']>().toExtend<AppOptions['parseUserId']>()
  })

  it('a storage of unstorage is a store', () => {
    expectTypeOf(createStorage()).toExtend<SessionStore>()
  })

  it('the session Client is what the React components take', () => {
    expectTypeOf<BrowserClient>().toExtend<LogtoClientOf>()
  })

  it('interactions are typed by a map', () => {
    type Api = { greet: { payload: { to: string }; result: number } }
    expectTypeOf<BrowserClient<Api>['interact']>().returns.resolves.toEqualTypeOf<number>()
    type Arguments = Parameters<typeof misuse>
    expectTypeOf<Arguments>().toEqualTypeOf<[client: BrowserClient<Api>]>()
  })
})

function misuse(client: BrowserClient<{ greet: { payload: { to: string }; result: number } }>) {
  // @ts-expect-error: no such interaction
  void client.interact('leave', {})
  // @ts-expect-error: its payload lacks `to`
  void client.interact('greet', {})
}
