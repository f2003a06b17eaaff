import { Controller, Entity, MonoSystem, Property } from 'interaqt'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { createLogtoSync } from '../../src/interaqt/index.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

const USERS = Array.from({ length: 30 }, (_, index) => `user${index}`)

describe('two processes that meet the same 30 users at once', () => {
  let database: TestDatabase
  const logto = new FakeLogto()
  for (const id of USERS) logto.create(id, { username: id })

  beforeEach(async () => {
    database = await createDatabase(inject('postgres'))
  })
  afterEach(() => database.drop())

  /** A process: a sync and a Controller of its own on one database. */
  const startProcess = async (install: boolean, hasConstraints: boolean) => {
    const sync = createLogtoSync({ logto, mapUser: (user) => ({ username: user.username }) })
    const User = Entity.create({
      name: 'User',
      properties: [Property.create({ name: 'username', type: 'string' }), ...sync.properties],
      constraints: hasConstraints ? [...sync.constraints] : [],
    })
    const controller = new Controller({
      system: new MonoSystem(database.open()),
      entities: [User, ...sync.entities],
      relations: [],
      eventSources: [...sync.eventSources],
    })
    await controller.setup(install)
    return { sync, controller }
  }

  it('make 30 records', async () => {
    const processes = [await startProcess(true, true), await startProcess(false, true)]
    for (const { sync, controller } of processes) sync.attach(controller)
    await Promise.all(USERS.flatMap((id) => processes.map(({ sync }) => sync.ensureUser(id))))
    expect(
      await processes[0]?.controller.system.storage.find('User', undefined, undefined, ['id']),
    ).toHaveLength(30)
  })

  it('do not start without the constraint that holds this, and write nothing', async () => {
    const processes = [await startProcess(true, false), await startProcess(false, false)]
    for (const { sync, controller } of processes) {
      expect(() => sync.attach(controller)).toThrow(
        'User lacks the constraint oneUserPerLogtoId, without which two processes make two records of one user: ' +
          'add ...sync.constraints to `constraints` of User',
      )
      await expect(sync.ensureUser('user0')).rejects.toMatchObject({ code: 'not_attached' })
    }
    expect(await processes[0]?.controller.system.storage.find('User', undefined, undefined, ['id'])).toEqual(
      [],
    )
  })
})
