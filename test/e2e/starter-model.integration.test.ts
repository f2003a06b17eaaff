import { randomBytes } from 'node:crypto'
import { Controller, type DispatchResponse, type InteractionEventArgs, MatchExp, MonoSystem } from 'interaqt'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type OpenDatabase, openDatabase } from '../../examples/starter/server/database.js'
import { createModel } from '../../examples/starter/server/model.js'
import { createLogtoSync } from '../../src/interaqt/index.js'

const name = `starter_${randomBytes(4).toString('hex')}`

describe.each(['PostgreSQL', 'PGLite'])('the starter’s model on %s', (kind) => {
  const { host, port, user, password } = inject('postgres')
  const url = kind === 'PostgreSQL' ? `postgresql://${user}:${password}@${host}:${port}/${name}` : undefined
  let app: Awaited<ReturnType<typeof start>>

  beforeAll(async () => {
    app = await start(url)
    for (const username of ['alice', 'bob']) {
      await app.controller.system.storage.create('User', { username, logtoId: username })
    }
  })
  afterAll(async () => {
    await app?.database.close()
    if (!url) return
    const client = new pg.Client({ host, port, user, password, database: 'postgres' })
    await client.connect()
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await client.end()
  })

  it('lets one of many requests through that two people send each other at once', async () => {
    const outcomes = await Promise.all(
      ['alice', 'bob', 'alice', 'bob', 'alice'].map((sender) =>
        app.call('sendFriendRequest', sender, { username: sender === 'alice' ? 'bob' : 'alice' }),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1)
    expect(await app.requests()).toMatchObject([{ status: 'pending' }])
  })

  it('lets only the receiver answer, once, whatever comes at once', async () => {
    const [request] = await app.requests()
    const answer = { request: { id: request?.id } }
    const [sender, receiver] = [request?.from.username, request?.to.username]

    expect(await app.call('acceptFriendRequest', sender, answer)).toBe('request_not_found')
    expect(await app.call('acceptFriendRequest', receiver, { request: { id: 'nonsense' } })).toBe(
      'request_not_found',
    )
    const outcomes = await Promise.all(
      ['acceptFriendRequest', 'declineFriendRequest', 'acceptFriendRequest'].map((interaction) =>
        app.call(interaction, receiver, answer),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1)
  })

  it('counts a friendship on both sides, or none after a refusal', async () => {
    const [request] = await app.requests()
    if (request?.status === 'declined') {
      await app.call('sendFriendRequest', 'alice', { username: 'bob' })
      const [, second] = await app.requests()
      await app.call('acceptFriendRequest', 'bob', { request: { id: second?.id } })
    }
    expect(await app.users()).toMatchObject([
      { username: 'alice', friendCount: 1, friends: [{ username: 'bob' }] },
      { username: 'bob', friendCount: 1, friends: [{ username: 'alice' }] },
    ])
    expect(await app.call('sendFriendRequest', 'alice', { username: 'bob' })).toBe('already_friends')
  })

  it('lets those publish whose token has the scope', async () => {
    expect(await app.call('publishAnnouncement', 'bob', { text: 'No.' })).toBe('scope_missing')
    const scopes = ['publish:announcements']
    expect(await app.call('publishAnnouncement', 'bob', { text: 'Yes.' }, scopes)).toBe('done')
    const published = await app.controller.system.storage.find('Announcement', undefined, undefined, ['*'])
    expect(published).toMatchObject([{ text: 'Yes.', author: 'bob' }])
  })

  it.runIf(url)('outlives a connection that PostgreSQL ends in mid-transaction', async () => {
    const { storage } = app.controller.system
    const cut = storage.runInTransaction({ name: 'cut' }, async () => {
      await storage.find('User', undefined, undefined, ['id'])
      await endConnections()
      await storage.find('User', undefined, undefined, ['id'])
    })
    // What must not come as well is an exception that nobody can catch.
    await expect(cut).rejects.toThrow()
    // The pool may have more connections of which it does not know yet that they have ended.
    await expect
      .poll(() =>
        app.users().then(
          (users) => users.length,
          () => 'cut',
        ),
      )
      .toBe(2)
  })

  it.runIf(url)('keeps what is there when the application starts again', async () => {
    await app.database.close()
    app = await start(url)
    expect(await app.users()).toMatchObject([{ friendCount: 1 }, { friendCount: 1 }])
  })
})

/** As a restart of PostgreSQL does. */
async function endConnections() {
  const client = new pg.Client({ ...inject('postgres'), database: 'postgres' })
  await client.connect()
  await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
  await client.end()
}

/** As `server.ts` starts it, without HTTP and Logto. */
async function start(databaseUrl: string | undefined) {
  const { database, isEmpty }: OpenDatabase = await openDatabase(databaseUrl)
  const logto = { getUser: async () => undefined, async *users() {}, async *recentDeliveries() {} }
  const model = createLogtoSync({ logto }).extend(createModel())
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const controller: Controller = Reflect.construct(Controller, [
    { system: new MonoSystem(database), ...model },
  ])
  await controller.setup(isEmpty)
  const { storage } = controller.system

  async function call(interaction: string, username: string, payload: object, scopes: string[] = []) {
    const eventSource = model.eventSources.find((candidate) => candidate.name === interaction)
    if (!eventSource) throw new Error(`no interaction ${interaction}`)
    const match = MatchExp.atom({ key: 'username', value: ['=', username] })
    const user = await storage.findOne('User', match, undefined, ['id', 'logtoId'])
    const args: InteractionEventArgs = { user: { ...user, scopes }, payload: { ...payload } }
    const { error }: DispatchResponse = await Reflect.apply(controller.dispatch, controller, [
      eventSource,
      args,
    ])
    return error instanceof Error && 'code' in error ? error.code : (error ?? 'done')
  }
  return {
    database,
    controller,
    call,
    users: () =>
      storage.find('User', undefined, { orderBy: { username: 'ASC' } }, [
        'username',
        'friendCount',
        ['friends', { attributeQuery: ['username'] }],
      ]),
    requests: () =>
      storage.find('FriendRequest', undefined, { orderBy: { sentAt: 'ASC' } }, [
        'id',
        'status',
        ['from', { attributeQuery: ['username'] }],
        ['to', { attributeQuery: ['username'] }],
      ]),
  }
}
