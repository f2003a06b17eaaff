import { expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { Client, type InteractionAnswer, type InteractionsOf } from '../../src/browser/index.js'

/** What a server declares: schemas, plain types, and results where it knows them. */
const payloads = {
  sendFriendRequest: z.object({ to: z.string() }),
  listFriends: { payload: z.object({ page: z.number().default(1) }), result: [{ id: '', name: '' }] },
}
interface Plain {
  rename: { name: string }
  ping: undefined
}

const endpoints = ['http://logto.test', 'spa', 'http://api.test'] as const
const typed = new Client<InteractionsOf<typeof payloads>>(...endpoints)
const plain = new Client<InteractionsOf<Plain>>(...endpoints)
const untyped = new Client(...endpoints)

// Compiled, never run: what must and what must not compile.
const compiled = async () => {
  expectTypeOf(await typed.interact('sendFriendRequest', { to: 'bob' })).toEqualTypeOf<InteractionAnswer>()
  expectTypeOf(await typed.interact('listFriends', {})).toEqualTypeOf<{ id: string; name: string }[]>()
  expectTypeOf(await typed.post('/interaction/listFriends', { payload: { page: 2 } })).toEqualTypeOf<
    { id: string; name: string }[]
  >()
  expectTypeOf(await typed.post('/api/whoAmI', [1])).toEqualTypeOf<unknown>()
  await plain.interact('rename', { name: 'Bob' }, { organizationId: 'acme' })
  await plain.interact('ping')
  await plain.post('/interaction/ping', {})
  await untyped.post('/interaction/anything', { payload: { a: 1 } })
  await untyped.interact('anything', { a: 1 })

  // @ts-expect-error no such interaction
  await typed.interact('sendFreindRequest', { to: 'bob' })
  // @ts-expect-error the payload is missing
  await typed.interact('sendFriendRequest')
  // @ts-expect-error not this payload
  await typed.interact('sendFriendRequest', { to: 1 })
  // @ts-expect-error the payload has to be named
  await typed.post('/interaction/sendFriendRequest', { to: 'bob' })
  // @ts-expect-error no such interaction
  await typed.post('/interaction/sendFreindRequest', { payload: { to: 'bob' } })
  // @ts-expect-error not this payload
  await plain.interact('rename', { name: 1 })
}

it('types interactions by what the server declares', () => {
  expect(compiled).toBeTypeOf('function')
})
