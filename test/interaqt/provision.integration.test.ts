import { Controller, Entity, MonoSystem, Property } from 'interaqt'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { createLogtoSync } from '../../src/interaqt/index.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

describe('ensureUser', () => {
  let database: TestDatabase
  const logto = new FakeLogto()
  let app: TestApp

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    app = await startApp(database.open(), { logto })
  })
  beforeEach(() => {
    logto.failure = undefined
    logto.requests.getUser = 0
  })
  afterAll(() => database.drop())

  it('makes the record of a user whose webhook was lost', async () => {
    logto.create('alice', { name: 'Alice' })
    expect(await app.sync.ensureUser('alice')).toMatchObject({
      logtoId: 'alice',
      name: 'Alice',
      isSuspended: false,
    })
    expect(await app.user('alice')).toMatchObject({ name: 'Alice' })
  })

  it('asks Logto no second time', async () => {
    logto.create('bob')
    const first = await app.sync.ensureUser('bob')
    expect(await app.sync.ensureUser('bob')).toEqual(first)
    expect(logto.requests.getUser).toBe(1)
  })

  it('asks Logto once for many requests at once', async () => {
    logto.create('carol')
    const records = await Promise.all(Array.from({ length: 20 }, () => app.sync.ensureUser('carol')))
    expect(new Set(records.map(({ id }) => id)).size).toBe(1)
    expect(logto.requests.getUser).toBe(1)
  })

  it('refuses a user whom Logto does not have, and does not ask again at once', async () => {
    await expect(app.sync.ensureUser('nobody')).rejects.toMatchObject({
      name: 'SyncError',
      code: 'user_unknown',
      status: 401,
      statusCode: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    })
    await expect(app.sync.ensureUser('nobody')).rejects.toMatchObject({ code: 'user_unknown' })
    expect(logto.requests.getUser).toBe(1)
  })

  it('refuses a deleted user, though the token is still valid', async () => {
    logto.create('dave')
    await app.sync.ensureUser('dave')
    await app.sync.apply(logto.delete('dave'))
    await expect(app.sync.ensureUser('dave')).rejects.toMatchObject({ code: 'user_deleted', status: 401 })
  })

  it('gives a suspended user, marked', async () => {
    logto.create('erin')
    await app.sync.apply(logto.suspend('erin'))
    expect(await app.sync.ensureUser('erin')).toMatchObject({ isSuspended: true })
  })

  it('answers 503 with Retry-After while Logto is away, and finds known users all the same', async () => {
    logto.create('frank')
    logto.create('grace')
    await app.sync.ensureUser('frank')
    logto.failure = new Error('connect ECONNREFUSED')
    await expect(app.sync.ensureUser('grace')).rejects.toMatchObject({
      code: 'logto_unavailable',
      status: 503,
      headers: { 'retry-after': '5' },
    })
    expect(await app.sync.ensureUser('frank')).toMatchObject({ logtoId: 'frank' })
    logto.failure = undefined
    expect(await app.sync.ensureUser('grace')).toMatchObject({ logtoId: 'grace' })
  })

  it('writes into the entity that userEntity names', async () => {
    const other = await createDatabase(inject('postgres'))
    const sync = createLogtoSync({
      logto,
      userEntity: 'Member',
      mapUser: (user) => ({ handle: user.username }),
    })
    const Member = Entity.create({
      name: 'Member',
      properties: [...sync.properties, Property.create({ name: 'handle', type: 'string' })],
      constraints: [...sync.constraints],
    })
    const controller = new Controller({
      system: new MonoSystem(other.open()),
      entities: [Member, ...sync.entities],
      relations: [],
      eventSources: [...sync.eventSources],
    })
    await controller.setup(true)
    sync.attach(controller)
    logto.create('heidi')
    const { id } = await sync.ensureUser('heidi')
    const { storage } = controller.system
    expect(await storage.find('Member', undefined, undefined, ['*'])).toMatchObject([{ id, handle: 'heidi' }])
    await other.drop()
  })

  it('says what is missing before attach', async () => {
    await expect(createLogtoSync({ logto }).ensureUser('alice')).rejects.toMatchObject({
      code: 'not_attached',
    })
  })
})
