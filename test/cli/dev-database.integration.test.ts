import { PGLiteDB } from 'interaqt/drivers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDataAPI, type RunningServer, startServer } from '../../src/http/index.js'
import { createParseUserId } from '../../src/server/index.js'
import { sendForm, text } from '../contract/http.js'
import { Person } from '../contract/person.js'
import { freePort } from '../support/free-port.js'
import { startApp, type TestApp } from '../support/interaqt-app.js'
import { silentLogger } from '../support/interaqt-app-logger.js'
import { FakeHost } from './fake-host.js'
import { clientOf, type Env, manage, serveDev } from './serve-dev.js'

describe('a database that stays, over several starts of dev', () => {
  let host: FakeHost
  let ports: { logto: number; api: number }
  let database: PGLiteDB
  let app: TestApp
  let server: RunningServer
  /** The variables of the first start: nobody changes `.env` afterwards. */
  let env: Env

  beforeAll(async () => {
    host = await FakeHost.create()
    ports = { logto: await freePort(), api: await freePort() }
  })
  afterAll(() => host.remove())

  /** One day: dev and the API start, and both end. */
  async function day(use: () => Promise<void>, ...flags: string[]): Promise<void> {
    const args = ['--interaqt-endpoint', `http://127.0.0.1:${ports.api}`, ...flags]
    const serve = async (printed: Env) => {
      const isFirst = env === undefined
      env ??= printed
      database = new PGLiteDB(host.path('data'), { logger: silentLogger })
      const client = clientOf(env)
      app = await startApp(database, { logto: client, install: isFirst })
      server = await startServer(
        app.controller,
        {
          port: ports.api,
          parseUserId: createParseUserId(client),
          sync: app.sync,
          webhook: { signingKey: env.LOGTO_WEBHOOK_SIGNING_KEY ?? '' },
        },
        { whoAmI: createDataAPI(({ user }) => ({ id: user.id, logtoId: user.logtoId })) },
      )
      try {
        await use()
      } finally {
        await server.close()
        await database.close()
      }
    }
    await serveDev(host, args, serve, String(ports.logto))
  }

  async function tokenOf(username: string): Promise<string> {
    const parameters = {
      client_id: env.LOGTO_SPA_APP_ID ?? '',
      redirect_uri: 'http://localhost:5173/',
      response_type: 'code',
      scope: 'openid offline_access',
      resource: `http://127.0.0.1:${ports.api}/interaction`,
      prompt: 'consent',
    }
    const person = new Person(env.LOGTO_ENDPOINT ?? '')
    const { code, verifier } = await person.authorize(parameters, { username, password: 'tea-and-cake' })
    const answer = await sendForm(`${env.LOGTO_ENDPOINT}/oidc/token`, {
      client_id: parameters.client_id,
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: parameters.redirect_uri,
      resource: parameters.resource,
    })
    return text(answer, 'access_token')
  }

  async function whoAmI(token: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(`${server.url}/api/whoAmI`, { method: 'POST', headers, body: '[]' })
    return { status: response.status, body: await response.json() }
  }

  const met = async (username: string) => {
    const answer = await whoAmI(await tokenOf(username))
    expect(answer).toMatchObject({ status: 200 })
    return answer.body
  }

  it('meets alice as the same person, and replays what it missed', async () => {
    let alice: unknown
    await day(async () => {
      alice = await met('alice')
    })
    await day(async () => {
      expect(await met('alice')).toEqual(alice)
      expect(await app.users()).toHaveLength(1)
      await expect(app.sync.replay({ hookId: env.LOGTO_WEBHOOK_ID ?? '' })).resolves.toBeDefined()
    })
  })

  it('lets alice in after she was deleted, as a new person', async () => {
    let former: Record<string, unknown> = {}
    await day(async () => {
      const token = await tokenOf('alice')
      former = (await whoAmI(token)).body
      await manage(env, 'DELETE', `/users/${former.logtoId}`)
      await expect
        .poll(() => whoAmI(token))
        .toMatchObject({ status: 401, body: { error: { code: 'user_deleted' } } })
    })
    await day(async () => {
      const alice = await met('alice')
      expect(alice.logtoId).not.toBe(former.logtoId)
      await app.sync.reconcile()
      // The former one stays what she is: deleted.
      expect(await app.user(String(former.logtoId))).toMatchObject({ id: former.id, isDeleted: true })
      expect(await met('alice')).toEqual(alice)
    })
  })

  describe('with people of --user, once carol was deleted', () => {
    const CAROL = 'carol:tea-and-cake'
    const DAVE = 'dave:tea-and-cake'
    let former: Record<string, unknown> = {}
    let dave: Record<string, unknown> = {}

    it('marks her record, and leaves it so without her, also after a reconcile', async () => {
      await day(
        async () => {
          dave = await met('dave')
          const token = await tokenOf('carol')
          former = (await whoAmI(token)).body
          await manage(env, 'DELETE', `/users/${former.logtoId}`)
          await expect.poll(() => app.user(String(former.logtoId))).toMatchObject({ isDeleted: true })
        },
        '--user',
        CAROL,
        DAVE,
      )
      await day(
        async () => {
          await app.sync.reconcile()
          expect(await app.user(String(former.logtoId))).toMatchObject({ id: former.id, isDeleted: true })
          expect((await app.users()).filter(({ username }) => username === 'carol')).toHaveLength(1)
          expect(await met('dave')).toEqual(dave)
        },
        '--user',
        DAVE,
      )
    })

    it('makes her a new person when --user has her again, before she comes and whenever it reconciles', async () => {
      await day(
        async () => {
          await app.sync.reconcile()
          const carols = (await app.users()).filter(({ username }) => username === 'carol')
          expect(carols.map(({ isDeleted }) => isDeleted).sort()).toEqual([false, true])
          const carol = await met('carol')
          expect(carol.logtoId).not.toBe(former.logtoId)
          expect(await app.user(String(carol.logtoId))).toMatchObject({ id: carol.id, isDeleted: false })
          await app.sync.reconcile()
          expect(await met('carol')).toEqual(carol)
          expect(await app.user(String(former.logtoId))).toMatchObject({ id: former.id, isDeleted: true })
        },
        '--user',
        CAROL,
        DAVE,
      )
    })

    it('lets in again, as the same person, somebody who was only left out and marked meanwhile', async () => {
      const people = ['--user', CAROL, DAVE]
      await day(
        async () => {
          await app.sync.reconcile()
          expect(await app.user(String(dave.logtoId))).toMatchObject({ isDeleted: true })
        },
        '--user',
        CAROL,
      )
      await day(
        async () => {
          const token = await tokenOf('dave')
          expect(await whoAmI(token)).toMatchObject({
            status: 401,
            body: { error: { code: 'user_deleted' } },
          })
          await app.sync.reconcile()
          expect(await whoAmI(token)).toEqual({ status: 200, body: dave })
          expect(await app.user(String(dave.logtoId))).toMatchObject({ id: dave.id, isDeleted: false })
        },
        ...people,
      )
    })
  })
})
