import { decodeJwt } from 'jose'
import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { send, text } from '../http.js'
import { recordedExchange } from '../recordings.js'
import type { World } from '../world.js'
import {
  ACCESS_TOKEN,
  exchanged,
  exchangeForm,
  exchangeScene,
  machineJwt,
  ofRelease,
  opaqueToken,
  subjectToken,
  suspend,
  userJwt,
} from './exchange-case.js'
import { BOTH_SCOPES } from './token-case.js'

const READ = 'interaction:read'

/** A recorded request of the Management API; the error is compared whole. */
function replayed(
  name: string,
  file: string,
  body?: (world: World) => Record<string, unknown> | Promise<Record<string, unknown>>,
): ContractCase {
  const recording = `released/${file}.json`
  return {
    name,
    recording,
    compares: 'status, content type, shape of the answer; for a refusal the body',
    run: async (world) => {
      await world.replay(recording, body && { body: await body(world) })
    },
  }
}

/** A recorded creation of an application that may exchange tokens, under a name of our own. */
const application = (name: string, type: string): ContractCase => {
  const file = `application-${type}-with-token-exchange`
  return replayed(name, file, (world) => {
    const { body } = recordedExchange(`released/${file}.json`).request
    return { ...(typeof body === 'object' && body), name: world.name(type) }
  })
}

const setup: ContractCase[] = [
  application('a single-page application that may exchange tokens', 'spa'),
  application('a web application that may exchange tokens', 'web'),
  application('a machine that may exchange tokens', 'm2m'),
  application('a third-party application may not exchange tokens', 'third-party'),
  replayed('a subject token', 'subject-token-create', (world) => ({
    userId: world.alice.id,
    context: { ticketId: 'T-1' },
  })),
  replayed('a subject token of a suspended user', 'subject-token-create-suspended-user', async (world) => {
    const { id } = await world.makeUser()
    await suspend(world, id)
    return { userId: id }
  }),
  replayed('a subject token of an unknown user', 'subject-token-create-unknown-user'),
  replayed('a subject token of nobody', 'subject-token-create-no-user'),
]

const granted: ContractCase[] = [
  exchanged(
    'a subject token: the scopes that are asked for and that a role grants',
    'exchange-spa-with-resource',
    BOTH_SCOPES,
    async ({ spa }, world) =>
      spa({ subject_token: await subjectToken(world), scope: `${BOTH_SCOPES} interaction:admin` }),
  ),
  exchanged(
    'no scope is asked for: an empty one',
    'exchange-with-resource-no-scope',
    '',
    async ({ spa }, world) => spa({ subject_token: await subjectToken(world) }),
  ),
  exchanged('by a web application', 'exchange-web-with-resource', READ, async ({ web }, world) =>
    web({ subject_token: await subjectToken(world), scope: READ }),
  ),
  exchanged('by a machine', 'exchange-m2m-with-resource', READ, async ({ machine }, world) =>
    machine({ subject_token: await subjectToken(world), scope: READ }),
  ),
  exchanged('as impersonation token', 'exchange-impersonation-token-type', READ, async ({ spa }, world) =>
    spa({
      subject_token: await subjectToken(world),
      subject_token_type: 'urn:logto:token-type:impersonation_token',
      scope: READ,
    }),
  ),
  exchanged(
    'neither refresh token nor ID token, though they are asked for',
    'exchange-offline_access-asked_refresh-token',
    READ,
    async ({ spa }, world) =>
      spa({ subject_token: await subjectToken(world), scope: `openid offline_access ${READ}` }),
  ),
  exchanged(
    'without a resource: opaque',
    'exchange-without-resource_opaque',
    undefined,
    async ({ spa }, world) =>
      spa({
        subject_token: await subjectToken(world),
        resource: undefined,
        scope: 'openid profile offline_access',
      }),
  ),
  exchanged(
    'a failed exchange does not use a subject token up',
    'exchange-after-failed-attempts',
    '',
    async ({ spa }, world) => {
      const token = await subjectToken(world)
      for (const wrong of [{ resource: 'http://127.0.0.1:4999/none' }, { subject_token_type: 'nope' }]) {
        expect((await spa({ subject_token: token, ...wrong })).status).toBe(400)
      }
      return spa({ subject_token: token })
    },
  ),
  {
    name: 'the token is the user’s own, issued to the application that exchanged',
    recording: 'released/exchange-spa-with-resource.json',
    compares: 'sub, client_id and aud; no act',
    run: async (world) => {
      const { spa, spaId } = await exchangeScene(world)
      const answer = await spa({ subject_token: await subjectToken(world), scope: READ })
      const claims = decodeJwt(text(answer, 'access_token'))
      expect(claims).toMatchObject({
        sub: world.alice.id,
        client_id: spaId,
        aud: world.resource.indicator,
      })
      expect(claims).not.toHaveProperty('act')
    },
  },
]

/** An exchange that is refused. By default a subject token of its own is sent. */
const refused = (
  name: string,
  file: string,
  form: (world: World) => Promise<Record<string, string | undefined>> | Record<string, string | undefined>,
): ContractCase =>
  exchanged(name, file, undefined, async ({ spa }, world) =>
    spa({ subject_token: await subjectToken(world), ...(await form(world)) }),
  )

const basic = ({ id, secret }: { id: string; secret: string }): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

const refusals: ContractCase[] = [
  exchanged(
    'a single-page application that may not exchange tokens',
    'exchange-application-not-allowed-spa',
    undefined,
    async (_, world) =>
      world.token({
        client_id: world.spa.id,
        ...exchangeForm(world, { subject_token: await subjectToken(world) }),
      }),
  ),
  exchanged(
    'a machine that may not exchange tokens',
    'exchange-application-not-allowed-m2m',
    undefined,
    async (_, world) =>
      world.token(
        exchangeForm(world, { subject_token: await subjectToken(world) }),
        basic(world.plainMachine),
      ),
  ),
  refused('no subject token', 'exchange-missing-token', () => ({ subject_token: undefined })),
  refused('no type of the subject token', 'exchange-missing-type', () => ({
    subject_token_type: undefined,
  })),
  refused('another type of the subject token', 'exchange-bad-type', () => ({
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  })),
  refused('an unknown subject token', 'exchange-unknown-subject-token', () => ({
    subject_token: 'sub_nope',
  })),
  refused('an unknown resource in an exchange', 'exchange-unknown-resource', () => ({
    resource: 'http://127.0.0.1:4999/none',
  })),
  refused('a subject token used twice', 'exchange-used-twice', async (world) => {
    const token = await subjectToken(world)
    const { spa } = await exchangeScene(world)
    expect((await spa({ subject_token: token })).status).toBe(200)
    return { subject_token: token }
  }),
  refused('a subject token of a user who was deleted since', 'exchange-deleted-user', async (world) => {
    const { id } = await world.makeUser()
    const token = await subjectToken(world, id)
    await world.made('DELETE', `/users/${id}`)
    return { subject_token: token }
  }),
  refused('a machine’s JWT as subject token', 'exchange-of-machine-jwt', async (world) => ({
    subject_token: await machineJwt(world),
  })),
]

const userTokens: ContractCase[] = [
  exchanged('a user’s JWT', 'exchange-of-users-jwt', BOTH_SCOPES, async ({ spa }, world) =>
    spa({ subject_token: await userJwt(world), scope: BOTH_SCOPES }),
  ),
  exchanged('a user’s JWT again', 'exchange-of-users-jwt-again', BOTH_SCOPES, async ({ spa }, world) => {
    const form = { subject_token: await userJwt(world), scope: BOTH_SCOPES }
    expect((await spa(form)).status).toBe(200)
    return spa(form)
  }),
  exchanged(
    'a user’s JWT of another audience',
    'exchange-of-users-jwt-of-another-audience',
    BOTH_SCOPES,
    async ({ spa }, world) => {
      const indicator = `http://127.0.0.1:4000/${world.name('other')}`
      await world.make('/resources', { name: 'other', indicator })
      const authorization = await world.signIn(world.alice, { resource: indicator, scope: 'openid' })
      const token = text(await world.exchange(authorization, { resource: indicator }), 'access_token')
      expect(decodeJwt(token).aud).toBe(indicator)
      return spa({ subject_token: token, scope: BOTH_SCOPES })
    },
  ),
  ofRelease(
    exchanged('a user’s ID token', 'exchange-of-users-id-token', BOTH_SCOPES, async ({ spa }, world) =>
      spa({ subject_token: text(await world.tokens(), 'id_token'), scope: BOTH_SCOPES }),
    ),
  ),
  exchanged('a user’s opaque token', 'exchange-of-users-opaque-token', '', async ({ spa }, world) =>
    spa({ subject_token: await opaqueToken(world, world.norole), scope: READ }),
  ),
]

const suspendedUsers: ContractCase[] = [
  exchanged('of a suspended user', 'exchange-suspended-user', '', async ({ spa }, world) => {
    const { id } = await world.makeUser()
    await suspend(world, id)
    return spa({ subject_token: await subjectToken(world, id) })
  }),
  exchanged(
    'a JWT of a user who was suspended since',
    'exchange-of-users-jwt-suspended-user',
    '',
    async ({ spa }, world) => {
      const user = await world.makeUser()
      const token = await userJwt(world, user)
      await suspend(world, user.id)
      return spa({ subject_token: token })
    },
  ),
].map(ofRelease)

const actors: ContractCase[] = [
  exchanged('with an actor token: the claim act', 'exchange-with-actor-token', READ, async ({ spa }, world) =>
    spa({ ...(await acting(world)), scope: READ }),
  ),
  {
    name: 'act names the user who acts, sub the user who is acted for',
    recording: 'released/exchange-with-actor-token.json',
    compares: 'sub and act',
    run: async (world) => {
      const { spa } = await exchangeScene(world)
      const claims = decodeJwt(text(await spa(await acting(world)), 'access_token'))
      expect(claims).toMatchObject({ sub: world.alice.id, act: { sub: world.norole.id } })
    },
  },
  exchanged(
    'with an actor token and without a resource: opaque',
    'exchange-with-actor-token-without-resource',
    undefined,
    async ({ spa }, world) => spa({ ...(await acting(world)), resource: undefined, scope: 'openid profile' }),
  ),
  refused('an unknown actor token', 'exchange-with-actor-token-bad', () => ({
    actor_token: 'nope',
    actor_token_type: ACCESS_TOKEN,
  })),
  refused('a JWT as actor token', 'exchange-with-actor-token-jwt', async (world) => ({
    actor_token: await userJwt(world, world.norole),
    actor_token_type: ACCESS_TOKEN,
  })),
  refused('an actor token without its type', 'exchange-with-actor-token-no-type', async (world) => ({
    ...(await acting(world)),
    actor_token_type: undefined,
  })),
]

/** An opaque token that was got in exchange for a subject token. */
async function exchangedOpaque(world: World, userId?: string): Promise<string> {
  const { spa } = await exchangeScene(world)
  const form = { subject_token: await subjectToken(world, userId), resource: undefined }
  return text(await spa({ ...form, scope: 'openid profile' }), 'access_token')
}

const uses: ContractCase[] = [
  {
    name: 'userinfo with an exchanged opaque token',
    recording: 'released/userinfo-with-exchanged-opaque.json',
    compares: 'status, shape of the answer',
    run: async (world) => {
      const { response } = recordedExchange('released/userinfo-with-exchanged-opaque.json')
      const answer = await world.userinfo(await exchangedOpaque(world))
      expectLike(answer, response, { optional: ['name'] })
      expect(answer.fields.sub).toBe(world.alice.id)
    },
  },
  {
    name: 'the account API with an exchanged opaque token',
    recording: 'released/account-api-with-exchanged-opaque.json',
    compares: 'status, shape of the answer',
    run: async (world) => {
      const { response } = recordedExchange('released/account-api-with-exchanged-opaque.json')
      const user = await world.makeUser({ name: 'Alice' })
      await world.tokens(user)
      const headers = { authorization: `Bearer ${await exchangedOpaque(world, user.id)}` }
      expectLike(await send(`${world.endpoint}/api/my-account`, { headers }), response)
    },
  },
]

/** Parameters of an exchange in which norole acts for alice. */
async function acting(world: World): Promise<Record<string, string>> {
  return {
    subject_token: await subjectToken(world),
    actor_token: await opaqueToken(world, world.norole),
    actor_token_type: ACCESS_TOKEN,
  }
}

export const tokenExchange: ContractGroup = {
  subject: 'Token exchange',
  cases: [...setup, ...granted, ...refusals, ...userTokens, ...suspendedUsers, ...uses, ...actors],
}
