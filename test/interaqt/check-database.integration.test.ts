import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { type RunningServer, startServer } from '../../src/http/index.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { openPglite } from '../support/pglite.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

describe('a database that is older than the model', () => {
  let database: TestDatabase
  let app: TestApp
  let server: RunningServer | undefined

  beforeEach(async () => {
    database = await createDatabase(inject('postgres'))
    app = await startApp(database.open(), { logto: new FakeLogto() })
    server = undefined
  })
  afterEach(async () => {
    await server?.close()
    await database.drop()
  })

  const start = async () => {
    const parseUserId = () => undefined
    server = await startServer(app.controller, { port: 0, parseUserId, sync: app.sync, webhook: false })
  }
  /** The names that Interaqt gave the columns. */
  const columnOf = (name: string) => {
    const user = app.controller.system.storage.schema.records.find(({ recordName }) => recordName === 'User')
    return user?.attributeDetails?.find((attribute) => attribute.name === name)?.fieldName
  }
  const refusal = (missing: string) => ({
    code: 'schema_mismatch',
    message: expect.stringMatching(
      new RegExp(`^The database lacks ${missing}: it is older than the model\\. .*docs/sync\\.md`),
    ),
  })

  it('is served when it has all that the sync needs', async () => {
    await start()
    expect(server?.url).toMatch(/^http/)
  })

  it.each(['logtoId', 'logtoRevision', 'isDeleted', 'email'])(
    'is named before the server listens when the column %s is missing',
    async (name) => {
      await database.query(`ALTER TABLE "User" DROP COLUMN "${columnOf(name)}"`)
      await expect(start()).rejects.toMatchObject(refusal(`User.${name}`))
      expect(server).toBeUndefined()
    },
  )

  it('is named when the tables of the sync are missing', async () => {
    await database.query('DROP TABLE "LogtoSyncCursor"')
    await expect(start()).rejects.toMatchObject(refusal('the table of LogtoSyncCursor'))
  })

  it('is named when the unique index is missing, and taken with another of the same column', async () => {
    const column = columnOf('logtoId')
    const { constraints } = app.controller.system.storage.schema
    const index = constraints.find(({ constraintName }) => constraintName === 'oneUserPerLogtoId')
    await database.query(`DROP INDEX "${index?.physicalName}"`)
    await expect(start()).rejects.toMatchObject(refusal('the unique index on logtoId of User'))
    await database.query(`CREATE INDEX not_unique ON "User" ("${column}")`)
    await expect(app.sync.checkDatabase()).rejects.toMatchObject(
      refusal('the unique index on logtoId of User'),
    )
    await database.query(`CREATE UNIQUE INDEX by_hand ON "User" ("${column}")`)
    await start()
  })
})

it('says that the controller is to be set up, when it is not', async () => {
  const database = openPglite()
  const app = await startApp(database, { logto: new FakeLogto(), isSetUp: false })
  await expect(app.sync.checkDatabase()).rejects.toMatchObject({
    code: 'schema_mismatch',
    message: expect.stringContaining('await controller.setup(true)'),
  })
})

it('finds a column that only an async mapUser shows', async () => {
  const database = openPglite()
  const app = await startApp(database, {
    logto: new FakeLogto(),
    mapUser: async ({ username, name, primaryEmail, customData }) => ({
      username,
      name,
      email: primaryEmail,
      customData,
      nick: name,
    }),
  })
  await expect(app.sync.checkDatabase()).rejects.toMatchObject({
    code: 'model_incomplete',
    message: expect.stringContaining('mapUser returns nick, for which User has no property'),
  })
  await database.close()
})

it('warns once of a field that only an async mapUser shows to be none of Logto', async () => {
  const database = openPglite()
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  const app = await startApp(database, {
    logto: new FakeLogto(),
    logger,
    mapUser: async ({ username, name, nickname, customData }) => {
      await Promise.resolve()
      return { username, name, email: String(nickname), customData }
    },
  })
  expect(logger.warn).not.toHaveBeenCalled()
  await app.sync.checkDatabase()
  expect(logger.warn.mock.calls).toEqual([
    [expect.stringContaining('mapUser reads user.nickname, which no Logto user has')],
  ])
  await database.close()
})
