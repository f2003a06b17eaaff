import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { parseWebhookEvent } from '../../src/webhook/index.js'
import { mapAppUser, startApp, type TestApp } from '../support/interaqt-app.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

describe('apply', () => {
  let database: TestDatabase
  let logto: FakeLogto
  let app: TestApp
  let mapUser: typeof mapAppUser = mapAppUser
  const told: unknown[] = []
  let onDeleted: (record: unknown) => unknown = () => {}

  beforeAll(async () => {
    database = await createDatabase(inject('postgres'))
    const source = {
      getUser: (id: string) => logto.getUser(id),
      users: () => logto.users(),
      recentDeliveries: (hookId: string) => logto.recentDeliveries(hookId),
    }
    app = await startApp(database.open(), {
      logto: source,
      mapUser: (user) => mapUser(user),
      onDeleted: (record) => onDeleted(record),
      eraseOnDelete: true,
    })
  })
  beforeEach(async () => {
    logto = new FakeLogto()
    mapUser = mapAppUser
    told.length = 0
    onDeleted = (record) => told.push(record)
    for (const { id } of await app.users()) await app.controller.system.storage.delete('User', byId(id))
  })
  afterAll(() => database.drop())

  it('creates the record of a new user from what Logto answers', async () => {
    const created = logto.create('alice', { name: 'Alice', primaryEmail: 'alice@example.com' })
    expect(await app.sync.apply(created)).toBe('created')
    expect(await app.user('alice')).toMatchObject({
      logtoId: 'alice',
      logtoUpdatedAt: logto.rows.get('alice')?.updatedAt,
      isSuspended: false,
      isDeleted: false,
      username: 'alice',
      name: 'Alice',
      email: 'alice@example.com',
      customData: {},
    })
    expect(logto.requests.getUser).toBe(1)
  })

  it('writes an update from its event, without asking Logto', async () => {
    await app.sync.apply(logto.create('alice'))
    logto.advance(60_000)
    expect(await app.sync.apply(logto.update('alice', { name: 'Alice II' }))).toBe('updated')
    expect(await app.user('alice')).toMatchObject({ name: 'Alice II', logtoUpdatedAt: logto.now })
    expect(logto.requests.getUser).toBe(1)
  })

  it('clears a column that the user no longer has', async () => {
    await app.sync.apply(logto.create('alice', { name: 'Alice' }))
    logto.advance(60_000)
    await app.sync.apply(logto.update('alice', { name: null }))
    expect((await app.user('alice'))?.name ?? null).toBeNull()
  })

  it('does nothing for an event that comes again, or late', async () => {
    const created = logto.create('alice')
    await app.sync.apply(created)
    logto.advance(60_000)
    const renamed = logto.update('alice', { name: 'Second' })
    logto.advance(60_000)
    await app.sync.apply(logto.update('alice', { name: 'Third' }))
    expect(await app.sync.apply(renamed)).toBe('stale')
    expect(await app.sync.apply(renamed)).toBe('stale')
    expect(await app.user('alice')).toMatchObject({ name: 'Third' })
  })

  it('asks Logto when two states are too close for their times to tell the later one', async () => {
    await app.sync.apply(logto.create('alice'))
    const first = logto.update('alice', { name: 'First' })
    const last = logto.update('alice', { name: 'Last', updatedAt: logto.now - 1 })
    await app.sync.apply(last)
    expect(await app.sync.apply(first)).toBe('stale')
    expect(await app.user('alice')).toMatchObject({
      name: 'Last',
      logtoUpdatedAt: logto.rows.get('alice')?.updatedAt,
    })
  })

  it('lets the later answer win when another process writes while Logto is asked', async () => {
    await app.sync.apply(logto.create('alice'))
    const other = await startApp(database.open(), { logto, install: false })
    const renamed = logto.update('alice', { name: 'Old' })
    let isFirst = true
    const getUser = logto.getUser.bind(logto)
    logto.getUser = async (id) => {
      const answer = await getUser(id)
      if (isFirst) {
        isFirst = false
        await other.sync.apply(logto.update('alice', { name: 'New' }))
      }
      return answer
    }
    await app.sync.apply(renamed)
    expect(await app.user('alice')).toMatchObject({ name: 'New' })
  })

  it('completes an event whose data is a part of the user', async () => {
    await app.sync.apply(logto.create('alice', { customData: { tier: 'silver' } }))
    logto.advance(60_000)
    expect(await app.sync.apply(logto.patchCustomData('alice', { colour: 'red' }))).toBe('updated')
    expect(await app.user('alice')).toMatchObject({ customData: { tier: 'silver', colour: 'red' } })
  })

  it('believes nobody who writes another user into their custom data', async () => {
    await app.sync.apply(logto.create('victim', { name: 'Victim' }))
    await app.sync.apply(logto.create('mallory'))
    logto.advance(60_000)
    const forged = {
      ...logto.rows.get('victim'),
      name: 'Owned',
      isSuspended: true,
      updatedAt: logto.now + 1e9,
    }
    await app.sync.apply(logto.patchCustomData('mallory', forged))
    // The account API names no user beside the data.
    await app.sync.apply(logto.event('User.Data.Updated', forged))
    expect(await app.user('victim')).toMatchObject({ name: 'Victim', isSuspended: false })
  })

  it('never makes a user of a payload', async () => {
    // The second is whole and names its user, as an update that may be written to a record without a question.
    const forged = [logto.create('nobody'), logto.update('nobody', { name: 'Nobody' })]
    logto.rows.clear()
    for (const event of forged) expect(await app.sync.apply(event)).toBe('ignored')
    expect(await app.users()).toEqual([])
  })

  it('marks a suspension, and its end', async () => {
    await app.sync.apply(logto.create('alice'))
    expect(await app.sync.apply(logto.suspend('alice'))).toBe('suspended')
    expect(await app.user('alice')).toMatchObject({ isSuspended: true })
    expect(await app.sync.apply(logto.suspend('alice', false))).toBe('updated')
    expect(await app.user('alice')).toMatchObject({ isSuspended: false })
  })

  it('follows the last sign-in, which changes no column', async () => {
    await app.sync.apply(logto.create('alice'))
    logto.advance(60_000)
    expect(await app.sync.apply(logto.signIn('alice'))).toBe('updated')
    expect(await app.user('alice')).toMatchObject({ logtoUpdatedAt: logto.rows.get('alice')?.updatedAt })
  })

  it('marks the record of a deleted user, tells the application first and clears what mapUser fills', async () => {
    await app.sync.apply(logto.create('alice', { name: 'Alice', primaryEmail: 'alice@example.com' }))
    const before = await app.user('alice')
    expect(await app.sync.apply(logto.delete('alice'))).toBe('deleted')
    const after = await app.user('alice')
    expect(after).toMatchObject({ id: before?.id, logtoId: 'alice', isDeleted: true })
    expect(JSON.stringify(after)).not.toMatch(/Alice|example\.com/)
    expect(told).toMatchObject([{ id: before?.id, name: 'Alice', isDeleted: false }])
  })

  it('takes no event for a user after the deletion', async () => {
    const created = logto.create('alice')
    logto.advance(60_000)
    const renamed = logto.update('alice', { name: 'Alice' })
    const deleted = logto.delete('alice')
    expect(await app.sync.apply(deleted)).toBe('deleted')
    expect([
      await app.sync.apply(created),
      await app.sync.apply(renamed),
      await app.sync.apply(deleted),
    ]).toEqual(['stale', 'stale', 'stale'])
    expect(await app.users()).toMatchObject([{ logtoId: 'alice', isDeleted: true }])
  })

  it('takes no event after the deletion even when it names a later time', async () => {
    logto.create('alice')
    const rows = structuredClone([...logto.rows])
    const deleted = logto.delete('alice')
    for (const [id, row] of rows) logto.rows.set(id, row)
    logto.advance(60_000)
    const renamed = logto.update('alice', { name: 'Alice' })
    logto.rows.clear()
    expect([await app.sync.apply(deleted), await app.sync.apply(renamed)]).toEqual(['deleted', 'stale'])
    expect(await app.users()).toMatchObject([{ logtoId: 'alice', isDeleted: true }])
  })

  it('tells the application of a deletion again when it could not take it', async () => {
    await app.sync.apply(logto.create('alice'))
    const deleted = logto.delete('alice')
    onDeleted = () => {
      throw new Error('mail server down')
    }
    await expect(app.sync.apply(deleted)).rejects.toMatchObject({
      code: 'deletion_callback_failed',
      status: 500,
    })
    expect(await app.user('alice')).toMatchObject({ isDeleted: false })
    onDeleted = (record) => told.push(record)
    expect(await app.sync.apply(deleted)).toBe('deleted')
    expect(told).toHaveLength(1)
  })

  it.each([
    ['0209-hooktest-User.Deleted', 'a test delivery'],
    ['0211-hooktest500-PostRegister', 'a test delivery that carries a user'],
    ['0023-role-create-Role.Created', 'an event about a role'],
    ['0181-msg-rate-Message.RateLimited', 'an event about no entity'],
  ])('ignores %s: %s', async (file) => {
    expect(await app.sync.apply(recorded(file))).toBe('ignored')
    expect(await app.users()).toEqual([])
    expect(logto.requests.getUser).toBe(0)
  })

  it('ignores an event that it does not know', async () => {
    logto.create('alice')
    for (const name of ['User.Renamed', 'TrustedDevice.Created', 'TrustedDevice.Deleted']) {
      expect(await app.sync.apply(logto.event(name, logto.rows.get('alice')))).toBe('ignored')
    }
  })

  it('writes nothing when mapUser throws, and everything when the event comes again', async () => {
    const created = logto.create('alice', { name: 'Alice' })
    mapUser = () => {
      throw new Error('no such tenant')
    }
    await expect(app.sync.apply(created)).rejects.toMatchObject({ code: 'columns_invalid', status: 500 })
    expect(await app.users()).toEqual([])
    mapUser = mapAppUser
    expect(await app.sync.apply(created)).toBe('created')
  })

  it('maps and asks before the transaction, which Interaqt may repeat, and waits for an async mapUser', async () => {
    let isDispatching = false
    const during: boolean[] = []
    const { dispatch } = app.controller
    Reflect.set(app.controller, 'dispatch', async (...args: unknown[]) => {
      isDispatching = true
      return Reflect.apply(dispatch, app.controller, args).finally(() => {
        isDispatching = false
      })
    })
    mapUser = async (user) => {
      during.push(isDispatching)
      await new Promise((resolve) => setTimeout(resolve, 1))
      return { ...(await mapAppUser(user)), name: 'mapped late' }
    }
    logto.beforeGetUser = async () => during.push(isDispatching)
    await app.sync.apply(logto.create('alice'))
    logto.advance(60_000)
    await app.sync.apply(logto.update('alice', { name: 'ignored' }))
    app.controller.dispatch = dispatch
    expect(during).toEqual([false, false, false])
    expect(await app.user('alice')).toMatchObject({ name: 'mapped late' })
  })

  it('refuses a mapUser that returns columns of the sync', async () => {
    mapUser = (user) => ({ ...mapAppUser(user), isDeleted: true }) as never
    await expect(app.sync.apply(logto.create('alice'))).rejects.toMatchObject({
      code: 'columns_invalid',
      message: expect.stringContaining('isDeleted'),
    })
  })

  it('reports that Logto cannot be asked, and when to try again', async () => {
    const created = logto.create('alice')
    logto.failure = Object.assign(new Error('busy'), { retryAfter: 30 })
    await expect(app.sync.apply(created)).rejects.toMatchObject({
      code: 'logto_unavailable',
      status: 503,
      headers: { 'retry-after': '30' },
    })
  })

  it('leaves event rows that say who, why and which state, and nothing else', async () => {
    await app.sync.apply(logto.create('alice', { name: 'Alice', primaryEmail: 'alice@example.com' }))
    const rows = await app.events()
    expect(rows.at(-1)).toMatchObject({ logtoId: 'alice', event: 'User.Created', updatedAt: logto.now })
    expect(JSON.stringify(rows)).not.toMatch(/Alice|example\.com/)
  })

  function byId(id: unknown) {
    return app.controller.globals.MatchExp.atom({ key: 'id', value: ['=', id] })
  }
})

function recorded(name: string) {
  const file = new URL(`../fixtures/recordings/webhooks/${name}.json`, import.meta.url)
  return parseWebhookEvent(JSON.parse(JSON.parse(readFileSync(file, 'utf8')).body))
}
