import {
  Controller,
  type ControllerOptions,
  Dictionary,
  Entity,
  type EntityInstance,
  type EventSourceInstance,
  MonoSystem,
  Property,
  Relation,
  type RelationInstance,
} from 'interaqt'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createLogtoSync, type LogtoSource, type LogtoSyncOptions } from '../../src/interaqt/index.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { openPglite } from '../support/pglite.js'

const logto: LogtoSource = new FakeLogto()
const SYNCED = ['logtoId', 'logtoUpdatedAt', 'logtoRevision', 'isSuspended', 'isDeleted']

describe('extend', () => {
  it('puts every part of the sync into a model that has only its own', () => {
    const sync = createSync()
    const { User, Post, posts } = model()
    const controller = new Controller({
      system: new MonoSystem(openPglite()),
      ...sync.extend({ entities: [User, Post], relations: [posts], eventSources: [] }),
    })
    expect(() => sync.attach(controller)).not.toThrow()

    expect(controller.entities.map(({ name }) => name)).toEqual([
      'User',
      'Post',
      'LogtoSyncEvent',
      'LogtoSyncCursor',
    ])
    expect(controller.eventSources).toEqual(sync.eventSources)
    // The relation refers to the entity, so that it has to be the same object with more in it.
    expect(posts.target).toBe(User)
    expect(User.properties.map(({ name }) => name)).toEqual(['username', ...SYNCED])
    expect(User.constraints).toEqual(sync.constraints)
  })

  it('changes nothing when it is called again, or for a model that spreads the parts itself', () => {
    const sync = createSync()
    const { User } = model()
    const once = sync.extend({ entities: [User], relations: [], eventSources: [] })
    expect(sync.extend(once)).toEqual(once)
    expect(User.properties).toHaveLength(1 + SYNCED.length)
    expect(User.constraints).toHaveLength(1)

    const other = createSync()
    const Spread = Entity.create({
      name: 'User',
      properties: [...other.properties, Property.create({ name: 'username', type: 'string' })],
      constraints: [...other.constraints],
    })
    const spread = { entities: [Spread, ...other.entities], eventSources: [...other.eventSources] }
    expect(other.extend(spread)).toEqual(spread)
    expect(Spread.properties).toHaveLength(1 + SYNCED.length)
    expect(Spread.constraints).toEqual(other.constraints)
  })

  it('takes the place of an earlier sync, as after a hot reload', () => {
    const { User } = model()
    const old = createSync().extend({ entities: [User], relations: [], eventSources: [] })
    const sync = createSync()
    const { entities, eventSources } = sync.extend(old)
    expect(entities).toEqual([User, ...sync.entities])
    expect(eventSources).toEqual(sync.eventSources)
    expect(User.properties.map(({ name }) => name)).toEqual(['username', ...SYNCED])
    expect(User.constraints).toEqual(sync.constraints)
  })

  it('passes every other argument of the Controller through, and leaves what it is given as it is', () => {
    const { User, posts } = model()
    const dict = [Dictionary.create({ name: 'total', type: 'number' })]
    const given = {
      entities: [User],
      relations: [posts],
      eventSources: [],
      dict,
      ignoreGuard: true,
      plugins: [1],
    }
    const { entities, eventSources, ...others } = createSync().extend(given)
    expect(others).toEqual({ relations: [posts], dict, ignoreGuard: true, plugins: [1] })
    expect(others.relations).toBe(given.relations)
    expect(given.entities).toEqual([User])
    expect(given.eventSources).toEqual([])
    expect(entities).toHaveLength(3)
    expect(eventSources).toHaveLength(1)
  })

  it("fits interaqt's types", () => {
    const sync = createSync()
    const entities: EntityInstance[] = [model().User]
    const relations: RelationInstance[] = []
    // biome-ignore lint/suspicious/noExplicitAny: as Interaqt's Controller takes them.
    const eventSources: EventSourceInstance<any, any>[] = []
    const system = new MonoSystem(openPglite())
    const spread: ControllerOptions = { system, ...sync.extend({ entities, relations, eventSources }) }
    const whole: ControllerOptions = sync.extend({ system, entities })
    expect(Object.keys(spread)).toEqual(['system', 'entities', 'relations', 'eventSources'])
    expect(Object.keys(whole)).toEqual(['system', 'entities', 'eventSources'])
    expectTypeOf(sync.extend({ entities, relations }).relations).toEqualTypeOf<RelationInstance[]>()
    // @ts-expect-error: the User entity has to be among them
    expect(() => sync.extend({ relations })).toThrow('sync.extend: `entities` is missing')
  })

  it.each([{}, { system: undefined }])(
    'makes new Controller say that there is no system, with %j',
    (systemOrNone) => {
      const extended = createSync().extend({ ...systemOrNone, entities: [model().User] })
      expect(() => Reflect.construct(Controller, [extended])).toThrow(
        expect.objectContaining({
          name: 'SyncError',
          code: 'model_incomplete',
          message:
            'sync.extend: `system` is missing: new Controller(sync.extend({ system: new MonoSystem(database), entities, … }))',
        }),
      )
      // It may be given beside it, or later.
      const system = new MonoSystem(openPglite())
      expect(Reflect.construct(Controller, [{ system, ...extended }]).system).toBe(system)
      expect(Reflect.construct(Controller, [Object.assign(extended, { system })]).system).toBe(system)
      expect(Object.keys(extended)).toContain('system')
    },
  )

  it('takes no database in the place of the system', () => {
    const extend = (system: unknown) => () => createSync().extend({ system, entities: [model().User] })
    expect(extend(openPglite())).toThrow(
      '`system` must be a system of Interaqt: system: new MonoSystem(database)',
    )
    expect(extend(MonoSystem)).toThrow('`system` must be')
    expect(extend(null)).toThrow('`system` must be')
    expect(extend(new MonoSystem(openPglite()))).not.toThrow()
  })

  it('names the entities that there are when the User entity is not among them', () => {
    const { Post } = model()
    const Usr = Entity.create({ name: 'Usr', properties: [] })
    const extend = (userEntity?: string) => () =>
      createSync(userEntity === undefined ? {} : { userEntity }).extend({ entities: [Post, Usr] })
    expect(extend()).toThrow(
      expect.objectContaining({
        code: 'model_incomplete',
        message:
          'sync.extend: there is no entity "User", in which the sync keeps the users; there are Post, Usr. ' +
          "If Usr is meant: createLogtoSync({ userEntity: 'Usr' })",
      }),
    )
    expect(extend('post')).toThrow("createLogtoSync({ userEntity: 'Post' })")
    expect(() => createSync().extend({ entities: [] })).toThrow('add it to `entities`')
  })

  it.each(SYNCED)("refuses a property %s of the application's own, and says what to do", (name) => {
    const User = Entity.create({ name: 'User', properties: [Property.create({ name, type: 'string' })] })
    expect(() => createSync().extend({ entities: [User] })).toThrow(
      new RegExp(`User has a property of its own named ${name}, .*rename yours, or leave it out`),
    )
    expect(User.properties).toHaveLength(1)
  })

  it('refuses the misspelt name of an argument, which Interaqt would take no notice of', () => {
    const entities = [model().User]
    expect(() => createSync().extend({ entities, eventSource: [] })).toThrow(
      'sync.extend: `eventSource` is an argument that no Controller takes: write `eventSources`',
    )
    expect(() => createSync().extend({ entities, Relations: [] })).toThrow('write `relations`')
  })
})

function createSync(options: Partial<LogtoSyncOptions<{ username: string | null }>> = {}) {
  return createLogtoSync({ logto, mapUser: (user) => ({ username: user.username }), ...options })
}

function model() {
  const User = Entity.create({
    name: 'User',
    properties: [Property.create({ name: 'username', type: 'string' })],
  })
  const Post = Entity.create({
    name: 'Post',
    properties: [Property.create({ name: 'title', type: 'string' })],
  })
  const posts = Relation.create({
    source: Post,
    sourceProperty: 'author',
    target: User,
    targetProperty: 'posts',
    type: 'n:1',
  })
  return { User, Post, posts }
}
