import { readdirSync, readFileSync } from 'node:fs'
import { type ControllerOptions, Entity, type EntityCreateArgs, Property } from 'interaqt'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  createLogtoSync,
  type InteraqtController,
  type LogtoSource,
  type LogtoSync,
  requireScope,
  type UserRecord,
} from '../../src/interaqt/index.js'
import type { Client } from '../../src/server/index.js'

const logto: LogtoSource = {
  getUser: async () => undefined,
  async *users() {},
  async *recentDeliveries() {},
}
const sync = createLogtoSync({ logto, mapUser: (user) => ({ username: user.username, age: 1 }) })

describe('types, under the strictest compiler options', () => {
  it("fit interaqt's where an application spreads them", () => {
    const User = Entity.create({
      name: 'User',
      properties: [...sync.properties, Property.create({ name: 'username', type: 'string' })],
      constraints: [...sync.constraints],
    })
    expect(User.properties.map(({ name }) => name)).toEqual([
      'logtoId',
      'logtoUpdatedAt',
      'logtoRevision',
      'isSuspended',
      'isDeleted',
      'username',
    ])
    expectTypeOf(sync.properties).toExtend<NonNullable<EntityCreateArgs['properties']>>()
    expectTypeOf(sync.constraints).toExtend<NonNullable<EntityCreateArgs['constraints']>>()
    expectTypeOf(sync.entities).toExtend<NonNullable<ControllerOptions['entities']>>()
    expectTypeOf(sync.eventSources).toExtend<NonNullable<ControllerOptions['eventSources']>>()
    expectTypeOf<import('interaqt').Controller>().toExtend<InteraqtController>()
    expectTypeOf(requireScope('read')).toExtend<import('interaqt').ConditionInstance>()
  })

  it("take the server's Client for Logto", () => {
    expectTypeOf<Client>().toExtend<LogtoSource>()
  })

  it('know the columns of mapUser', () => {
    type Record = Awaited<ReturnType<typeof sync.ensureUser>>
    expectTypeOf<Record['username']>().toEqualTypeOf<string | null | undefined>()
    expectTypeOf<Record['age']>().toEqualTypeOf<number | null | undefined>()
    expectTypeOf<Record['isSuspended']>().toEqualTypeOf<boolean>()
    expectTypeOf<Record['somethingElse']>().toBeUnknown()
    expectTypeOf<Record>().toExtend<UserRecord>()
    expectTypeOf<typeof sync>().toExtend<LogtoSync>()
    // @ts-expect-error: no column of mapUser
    createLogtoSync({ logto, mapUser: () => ({ username: '' }), eraseOnDelete: ['email'] })
    // @ts-expect-error: a scope is needed
    expect(() => requireScope()).toThrow(TypeError)
  })

  it('need no interaqt: one file loads it, and no other names it', () => {
    const folder = new URL('../../src/interaqt/', import.meta.url)
    const naming = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.ts') &&
        /(?:from|import\()\s*'interaqt/.test(readFileSync(new URL(file, folder), 'utf8')),
    )
    expect(naming).toEqual(['interaqt-peer.ts'])
  })
})
