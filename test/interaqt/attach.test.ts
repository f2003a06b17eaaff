import { Controller, Custom, Entity, MonoSystem, Property, Relation, UniqueConstraint } from 'interaqt'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createLogtoSync,
  type InteraqtController,
  type LogtoSync,
  type LogtoSyncOptions,
  SyncError,
} from '../../src/interaqt/index.js'
import type { LogtoUser } from '../../src/logto/index.js'
import userGet from '../fixtures/recordings/mgmt/user-get.json' with { type: 'json' }
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { openPglite } from '../support/pglite.js'

type Parts = Pick<LogtoSync, 'properties' | 'constraints' | 'entities' | 'eventSources'>

const WAY_OUT =
  'new Controller(sync.extend({ system, entities, relations, eventSources })) puts in all that the sync needs.'

describe('attach', () => {
  it('takes a model that has every part, spread by hand', () => {
    const sync = createSync()
    expect(() => attach(sync, {})).not.toThrow()
  })

  it.each<[keyof Parts, string[]]>([
    [
      'properties',
      [
        '- User lacks logtoId, logtoUpdatedAt, logtoRevision, isSuspended, isDeleted: add ...sync.properties to `properties` of User',
      ],
    ],
    [
      'constraints',
      [
        '- User lacks the constraint oneUserPerLogtoId, without which two processes make two records of one user: add ...sync.constraints to `constraints` of User',
      ],
    ],
    ['entities', ['- the Controller lacks LogtoSyncCursor: add ...sync.entities to its `entities`']],
    [
      'eventSources',
      ['- the Controller lacks syncLogtoUser: add ...sync.eventSources to its `eventSources`'],
    ],
  ])('names what is missing when sync.%s is not spread', (part, lines) => {
    const sync = createSync()
    const error = errorOf(() => attach(sync, { [part]: [] }))
    expect(error).toMatchObject({ code: 'model_incomplete', status: 500 })
    expect(error.message.split('\n')).toEqual([
      'sync.attach: the model of this Controller does not fit the sync:',
      ...lines,
      WAY_OUT,
    ])
  })

  it.each(['logtoId', 'logtoUpdatedAt', 'logtoRevision', 'isSuspended', 'isDeleted'])(
    'names the property %s alone when it alone is missing',
    (name) => {
      const sync = createSync()
      const properties = sync.properties.filter((property) => property.name !== name)
      expect(() => attach(sync, { properties })).toThrow(`- User lacks ${name}: add ...sync.properties`)
    },
  )

  it('names all pieces in one error, and is not attached', async () => {
    const sync = createSync()
    const error = errorOf(() =>
      attach(sync, { properties: [], constraints: [], entities: [], eventSources: [] }),
    )
    expect(error.message.split('\n')).toHaveLength(7)
    expect(error.message).toContain('the Controller lacks LogtoSyncEvent')
    expect(() => sync.assertAttached()).toThrow(expect.objectContaining({ code: 'not_attached' }))
  })

  it('names the entities that there are when the User entity has another name', () => {
    expect(() => attach(createSync({ userEntity: 'Member' }), {})).toThrow(
      'there is no entity "Member", in which the sync keeps the users; there are User, Team. ' +
        "If User is meant: createLogtoSync({ userEntity: 'User' })",
    )
  })

  it.each(['logtoId', 'logtoUpdatedAt', 'logtoRevision', 'isSuspended', 'isDeleted'])(
    "names a property %s of the application's own",
    (name) => {
      const sync = createSync()
      const properties = sync.properties.filter((property) => property.name !== name)
      const own = Property.create({ name, type: 'boolean' })
      expect(() => attach(sync, { properties: [...properties, own] })).toThrow(
        `- User has a property of its own named ${name}, which the sync writes: rename yours`,
      )
    },
  )

  it("names an entity of the application's own with a name of the sync's", () => {
    const sync = createSync()
    const entities = [Entity.create({ name: 'LogtoSyncCursor', properties: [] })]
    expect(() => attach(sync, { entities })).toThrow(
      "LogtoSyncCursor in `entities` is not the sync's: rename yours",
    )
  })

  it("names Interaqt 4.10's identity on logtoId, and the way out", () => {
    const sync = createSync()
    const User = Entity.create({
      name: 'User',
      properties: [...sync.properties, Property.create({ name: 'username', type: 'string' })],
      identity: { name: 'byLogtoId', properties: ['logtoId'] },
    })
    const controller = controllerOf([User, ...sync.entities], sync.eventSources)
    expect(() => sync.attach(controller)).toThrow(
      /User has the identity byLogtoId on logtoId, .*take `identity` away/,
    )
    expect(() => sync.extend({ entities: [User] })).toThrow('take `identity` away')
  })

  it("takes a unique constraint on logtoId of the application's own, but not one with a condition", () => {
    const sync = createSync()
    const own = UniqueConstraint.create({ name: 'byLogto', properties: ['logtoId'] })
    expect(() => attach(sync, { constraints: [own] })).not.toThrow()
    const partial = UniqueConstraint.create({
      name: 'byLogto',
      properties: ['logtoId'],
      where: { isDeleted: { op: 'equals', value: false } },
    })
    expect(() => attach(sync, { constraints: [partial] })).toThrow(
      'User lacks the constraint oneUserPerLogtoId',
    )
  })

  it('takes the parts of an earlier sync, as after a hot reload', () => {
    const { properties, constraints, entities, eventSources } = createSync()
    expect(() => attach(createSync(), { properties, constraints, entities, eventSources })).not.toThrow()
  })

  it.each([[], [{}], [new MonoSystem(openPglite())]])('takes nothing but a Controller: %#', (...given) => {
    const sync = createSync()
    expect(() => Reflect.apply(sync.attach, sync, given)).toThrow(
      /^sync\.attach: controller (is missing: it must be|must be) the Controller of Interaqt/,
    )
    expect(() => sync.assertAttached()).toThrow(expect.objectContaining({ code: 'not_attached' }))
  })

  it('checks what it can see of a controller of your own', () => {
    const sync = createSync()
    const { system, dispatch, maintainEntityRetention } = controllerOf([Entity.create({ name: 'Other' })], [])
    expect(() => sync.attach({ system, dispatch, maintainEntityRetention })).not.toThrow()
    expect(() => sync.attach({ system, dispatch, maintainEntityRetention, eventSources: [] })).toThrow(
      'the Controller lacks syncLogtoUser',
    )
  })
})

describe('attach, for mapUser', () => {
  it('names a column that the User entity lacks, and the one that it has', () => {
    const sync = createSync({ mapUser: (user) => ({ usrname: user.username, nickname: user.name }) })
    const { message } = errorOf(() => attach(sync, {}))
    expect(message).toContain('- mapUser returns usrname, for which User has no property (it has username): ')
    expect(message).toContain(
      "- mapUser returns nickname, for which User has no property: add Property.create({ name: 'nickname', type: 'string' })",
    )
  })

  it('takes the name of a relation', () => {
    const sync = createSync({ mapUser: () => ({ team: { name: 'A' } }) })
    expect(() => attach(sync, {})).not.toThrow()
  })

  it('says what is wrong when it returns no object', () => {
    // @ts-expect-error: the braces of a function body instead of those of an object
    const sync = createSync({ mapUser: (user) => void { username: user.username } })
    expect(() => attach(sync, {})).toThrow(
      'mapUser must return an object of columns, and returned undefined: write (user) => ({ username: user.username })',
    )
  })

  it("says when it returns one of the sync's own columns", () => {
    const sync = createSync({ mapUser: (user) => ({ isSuspended: user.isSuspended }) })
    expect(() => attach(sync, {})).toThrow('mapUser must not return isSuspended')
  })

  it.each<[string, NonNullable<LogtoSyncOptions<Record<string, unknown>>['mapUser']>]>([
    [
      'throws',
      () => {
        throw new Error('It needs a name.')
      },
    ],
    ['rejects', () => Promise.reject(new Error('It needs a name.'))],
    ['never answers', () => new Promise(() => {})],
    ['answers later', async () => ({ nickname: null })],
  ])('is not held up by one that %s for a user without data', (_, mapUser) => {
    expect(() => attach(createSync({ mapUser }), {})).not.toThrow()
  })
})

describe('attach warns', () => {
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  beforeEach(() => void vi.clearAllMocks())
  const syncOf = (options: Partial<LogtoSyncOptions<Record<string, unknown>>>) =>
    createLogtoSync({ logto: new FakeLogto(), logger, ...options })
  const property = (name: string, args: object = {}) => Property.create({ name, type: 'string', ...args })
  const attachTo = (sync: LogtoSync, ...properties: Property[]) => {
    const User = Entity.create({ name: 'User', properties })
    sync.attach(new Controller(sync.extend({ system: new MonoSystem(openPglite()), entities: [User] })))
  }

  it('of the columns that nobody fills without mapUser, with the line to add', () => {
    attachTo(syncOf({}), property('username'), property('role'), property('name'))
    expect(logger.warn.mock.calls).toEqual([
      [
        'interaqt-logto: createLogtoSync has no `mapUser`, so that nothing of Logto gets into username, role, name of User. ' +
          'What to do: add `mapUser: (user) => ({ username: user.username, name: user.name })`, ' +
          'or `mapUser: () => ({})` if none of them comes from Logto',
      ],
    ])
  })

  it('of nothing when it is meant, or nothing would stay empty', () => {
    attachTo(syncOf({ mapUser: () => ({}) }), property('username'))
    attachTo(syncOf({}))
    attachTo(
      syncOf({}),
      property('greeting', { computed: () => 'hello' }),
      property('role', { defaultValue: () => 'guest' }),
      property('posts', { computation: Custom.create({ name: 'none', compute: async () => 'none' }) }),
    )
    expect(logger.warn).not.toHaveBeenCalled()
    attachTo(syncOf({}), property('username'))
    expect(logger.warn).toHaveBeenCalledOnce()
  })

  it.each<[string, LogtoSyncOptions<Record<string, unknown>>['mapUser'], string]>([
    [
      'an old name',
      (user) => ({ username: user.email }),
      'email, which no Logto user has: did you mean user.primaryEmail?',
    ],
    [
      'a misspelt one',
      (user) => ({ username: user.usrname }),
      'usrname, which no Logto user has: did you mean user.username?',
    ],
    [
      'another',
      ({ nickname }) => ({ username: nickname }),
      'nickname, which no Logto user has: there are id, username, ',
    ],
    [
      'one that it needs',
      // @ts-expect-error: it is unknown, so that the compiler would ask for a check.
      (user) => ({ username: user.email.toLowerCase() }),
      'email, which no Logto user has: did you mean user.primaryEmail?',
    ],
  ])('of a field that mapUser reads and Logto does not have: %s', (_, mapUser, line) => {
    attachTo(syncOf(mapUser ? { mapUser } : {}), property('username'))
    expect(logger.warn.mock.calls).toEqual([
      [expect.stringContaining(`interaqt-logto: mapUser reads user.${line}`)],
    ])
  })

  it('of no field that Logto has', () => {
    const fields = Object.keys(userGet.response.body)
    expect(fields).toContain('hasPassword')
    const mapUser = (user: LogtoUser) => {
      for (const field of fields) void user[field]
      return { username: `${user} ${JSON.stringify(user)} ${user.customData.role}` }
    }
    attachTo(syncOf({ mapUser }), property('username'))
    expect(logger.warn).not.toHaveBeenCalled()
  })
})

function createSync(options: Partial<LogtoSyncOptions<Record<string, unknown>>> = {}) {
  return createLogtoSync({
    logto: new FakeLogto(),
    mapUser: (user) => ({ username: user.username }),
    ...options,
  })
}

/** Attaches the sync to a model that has its parts, or others in their place. */
function attach(sync: LogtoSync, parts: Partial<Parts>): void {
  const { properties, constraints, entities, eventSources } = { ...sync, ...parts }
  const User = Entity.create({
    name: 'User',
    properties: [...properties, Property.create({ name: 'username', type: 'string' })],
    constraints: [...constraints],
  })
  sync.attach(controllerOf([User, ...entities], eventSources))
}

function controllerOf(
  entities: LogtoSync['entities'],
  eventSources: LogtoSync['eventSources'],
): Controller & InteraqtController {
  const [User] = entities
  const Team = Entity.create({
    name: 'Team',
    properties: [Property.create({ name: 'name', type: 'string' })],
  })
  const relations = User
    ? [
        Relation.create({
          source: User,
          sourceProperty: 'team',
          target: Team,
          targetProperty: 'members',
          type: 'n:1',
        }),
      ]
    : []
  return new Controller({
    system: new MonoSystem(openPglite()),
    entities: [...entities, Team],
    relations,
    eventSources: [...eventSources],
  })
}

function errorOf(run: () => unknown): SyncError {
  try {
    run()
  } catch (error) {
    if (error instanceof SyncError) return error
    throw error
  }
  throw new Error('It did not throw')
}
