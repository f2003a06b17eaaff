import {
  Controller,
  Count,
  type Database,
  Entity,
  MatchExp,
  MonoSystem,
  Property,
  Relation,
  Transform,
} from 'interaqt'
import ts from 'typescript'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { createLogtoSync, type LogtoSync } from '../../src/interaqt/index.js'
import { codeBlocks } from '../docs/markdown.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

/** An application with users, their posts, a headline of each by a Transform, and a computed count; with `sync` it has Logto too. */
function createBlog(database: Database, sync?: LogtoSync): Controller {
  const User = Entity.create({
    name: 'User',
    properties: [
      Property.create({ name: 'email', type: 'string' }),
      Property.create({ name: 'nickname', type: 'string' }),
    ],
  })
  const Post = Entity.create({
    name: 'Post',
    properties: [Property.create({ name: 'title', type: 'string' })],
  })
  const Headline = Entity.create({
    name: 'Headline',
    properties: [Property.create({ name: 'text', type: 'string' })],
    computation: Transform.create({
      record: Post,
      attributeQuery: ['title'],
      callback: (post: { title: string }) => ({ text: post.title.toUpperCase() }),
    }),
  })
  const Author = Relation.create({
    source: User,
    sourceProperty: 'posts',
    target: Post,
    targetProperty: 'author',
    type: '1:n',
  })
  User.properties.push(
    Property.create({
      name: 'postCount',
      type: 'number',
      computation: Count.create({ property: 'posts' }),
    }),
  )
  const model = { entities: [User, Post, Headline], relations: [Author], eventSources: [] }
  return new Controller({ system: new MonoSystem(database), ...(sync ? sync.extend(model) : model) })
}

/** The function of docs/sync.md that an operator runs once, as it stands there. */
async function addLogtoOfThePage(): Promise<(controller: Controller) => Promise<void>> {
  const [block, another] = codeBlocks('docs/sync.md').filter(({ code }) => code.includes('addLogto'))
  if (!block || another) throw new Error('docs/sync.md should have one block with addLogto')
  const { outputText } = ts.transpileModule(block.code, { compilerOptions: { module: ts.ModuleKind.ESNext } })
  const url = `data:text/javascript,${encodeURIComponent(outputText)}`
  return (await import(/* @vite-ignore */ url)).addLogto
}

describe('an application that had users before it had Logto', () => {
  let database: TestDatabase
  let logto: FakeLogto
  let sync: LogtoSync
  let controller: Controller

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    const before = createBlog(database.open())
    await before.setup(true)
    const { storage } = before.system
    for (const [email, nickname] of [
      ['alice@example.com', 'Al'],
      ['bob@example.com', 'Bo'],
      ['twin@example.com', 'Twin 1'],
      ['twin@example.com', 'Twin 2'],
      [null, 'Nobody'],
    ]) {
      const user = await storage.create('User', { email, nickname })
      await storage.create('Post', { title: `by ${nickname}`, author: { id: user.id } })
    }
  })
  beforeEach(() => {
    logto = new FakeLogto()
  })
  afterAll(() => database.drop())

  const nicknames = async () => {
    const rows = await controller.system.storage.find('User', undefined, { orderBy: { id: 'ASC' } }, ['*'])
    return rows.map(({ nickname, logtoId, postCount }) => [nickname ?? null, logtoId ?? null, postCount])
  }

  const headlines = async () => {
    const rows = await controller.system.storage.find('Headline', undefined, { orderBy: { id: 'ASC' } }, [
      'text',
    ])
    return rows.map(({ text }) => text)
  }

  it('gets the sync by the migration of docs/sync.md, which rebuilds nothing', async () => {
    const source = {
      getUser: (id: string) => logto.getUser(id),
      users: () => logto.users(),
      recentDeliveries: (hookId: string) => logto.recentDeliveries(hookId),
    }
    sync = createLogtoSync({
      logto: source,
      mapUser: (user) => ({ email: user.primaryEmail }),
      adopt: (user) => ({ email: user.primaryEmail }),
    })
    // Interaqt itself refuses to start on the old tables, and names the way.
    await expect(createBlog(database.open(), sync).setup(false)).rejects.toThrow('generateMigrationDiff()')
    const migrating = createBlog(database.open(), sync)
    // Interaqt asks about the callback of the Transform, which it cannot compare.
    expect(await migrating.generateMigrationDiff()).toMatchObject({
      requiredDecisions: [{ kind: 'computation', dataContext: 'entity:Headline' }],
      safety: { blockingChanges: [], destructiveScopes: [] },
    })
    const addLogto = await addLogtoOfThePage()
    await addLogto(migrating)

    controller = createBlog(database.open(), sync)
    await controller.setup(false)
    sync.attach(controller)
    expect(await nicknames()).toEqual([
      ['Al', null, 1],
      ['Bo', null, 1],
      ['Twin 1', null, 1],
      ['Twin 2', null, 1],
      ['Nobody', null, 1],
    ])
    expect(await headlines()).toEqual(['BY AL', 'BY BO', 'BY TWIN 1', 'BY TWIN 2', 'BY NOBODY'])
    await expect(sync.checkDatabase()).resolves.toBeUndefined()
  })

  it('computes as before', async () => {
    const { storage } = controller.system
    const [al] = await storage.find(
      'User',
      MatchExp.atom({ key: 'nickname', value: ['=', 'Al'] }),
      undefined,
      ['id'],
    )
    const post = await storage.create('Post', { title: 'later', author: { id: al?.id } })
    expect(await headlines()).toContain('LATER')
    expect((await nicknames())[0]).toEqual(['Al', null, 2])
    await storage.delete('Post', MatchExp.atom({ key: 'id', value: ['=', post.id] }))
    expect(await headlines()).toHaveLength(5)
    expect((await nicknames())[0]).toEqual(['Al', null, 1])
  })

  it('keeps the record of a user whom Logto sends, with all that hangs on it', async () => {
    logto.create('logto-alice', { primaryEmail: 'alice@example.com' })
    const record = await sync.ensureUser('logto-alice')
    expect(record).toMatchObject({ logtoId: 'logto-alice', nickname: 'Al', postCount: 1 })
    expect(await sync.ensureUser('logto-alice')).toEqual(record)
  })

  it('adopts in a reconcile, makes new records for the others, and refuses to guess', async () => {
    logto.create('logto-alice', { primaryEmail: 'alice@example.com' })
    logto.create('logto-bob', { primaryEmail: 'bob@example.com' })
    logto.create('logto-twin', { primaryEmail: 'twin@example.com' })
    logto.create('logto-new', { primaryEmail: 'new@example.com' })
    logto.create('logto-mute')
    const errors: unknown[] = []
    const report = await sync.reconcile({ onError: (error) => errors.push(error) })
    expect(report).toMatchObject({ scanned: 5, created: 3, failed: 1 })
    expect(errors).toMatchObject([{ code: 'record_ambiguous', message: expect.stringContaining('email') }])
    expect(await nicknames()).toEqual([
      ['Al', 'logto-alice', 1],
      ['Bo', 'logto-bob', 1],
      ['Twin 1', null, 1],
      ['Twin 2', null, 1],
      ['Nobody', null, 1],
      ...[expect.anything(), expect.anything()],
    ])
    expect(await nicknames()).toEqual(
      expect.arrayContaining([
        [null, 'logto-new', 0],
        [null, 'logto-mute', 0],
      ]),
    )
  })

  it('gives a record to one user only', async () => {
    logto.create('logto-impostor', { primaryEmail: 'bob@example.com' })
    const impostor = await sync.ensureUser('logto-impostor')
    const bob = await controller.system.storage.findOne(
      'User',
      MatchExp.atom({ key: 'nickname', value: ['=', 'Bo'] }),
      undefined,
      ['*'],
    )
    expect(bob).toMatchObject({ logtoId: 'logto-bob' })
    expect(impostor.id).not.toBe(bob.id)
  })

  it('marks nobody as deleted who never was in Logto', async () => {
    for (const id of ['alice', 'bob', 'new', 'mute', 'impostor']) logto.create(`logto-${id}`)
    expect(await sync.reconcile({ dryRun: true })).toMatchObject({ deleted: 0 })
  })
})
