import type { ContractCase, ContractGroup } from '../case.js'
import { send, text } from '../http.js'
import { pkceOf } from '../person.js'
import type { World } from '../world.js'
import { expectReleased, expectReleasedToken, released, suspend } from './released.js'
import { refreshTokenOf } from './token-case.js'

const REFRESH_LATER = 'refresh-of-token-got-after-suspension'
const VERIFIER = 'v'.repeat(43)

/** A code that was issued before the suspension, exchanged after it. */
async function exchangedAfterSuspension(world: World) {
  const user = await world.makeUser()
  const code = await world.signIn(user)
  await suspend(world, user)
  const { indicator: resource } = world.resource
  return { user, resource, answer: await world.exchange(code, { resource }) }
}

/** What the development version answers: it gives a suspended user no token. Its words were measured without a recording. */
const REFUSED = 'code-issued-before-session-and-grants-revoked-exchanged-after'

/** Whether this Logto looks at the suspension for every token. Only such a one knows the newest scope. */
async function checksSuspension(world: World): Promise<boolean> {
  const { body } = await send(`${world.issuer}/.well-known/openid-configuration`)
  return JSON.stringify(body).includes('urn:logto:scope:trusted_devices')
}

function suspended(name: string, files: readonly string[], run: ContractCase['run']): ContractCase {
  const compares = 'status, shape of the answer, claims of its access token; for an error its body'
  return { name, recording: files.map(released).join(', '), compares, run }
}

export const suspension: ContractGroup = {
  subject: 'Suspension and deletion during a sign-in',
  cases: [
    suspended(
      'a code issued before the suspension still becomes tokens',
      ['code-issued-before-suspension-exchanged-after'],
      async (world) => {
        const { answer } = await exchangedAfterSuspension(world)
        if (await checksSuspension(world)) return expectReleased(answer, REFUSED)
        expectReleasedToken(answer, 'code-issued-before-suspension-exchanged-after')
      },
    ),
    suspended(
      'and these refresh, and userinfo answers',
      [REFRESH_LATER, 'userinfo-with-token-got-after-suspension'],
      async (world) => {
        const { answer, resource } = await exchangedAfterSuspension(world)
        if (await checksSuspension(world)) return expectReleased(answer, REFUSED)
        const refreshed = await world.refresh(refreshTokenOf(answer), { resource })
        expectReleasedToken(refreshed, REFRESH_LATER)
        const opaque = await world.refresh(refreshTokenOf(refreshed), { scope: 'openid' })
        const info = await world.userinfo(text(opaque, 'access_token'))
        expectReleased(info, 'userinfo-with-token-got-after-suspension')
      },
    ),
    suspended(
      'a sign-in that is under way goes on',
      ['submit-after-suspension-in-mid-sign-in', 'token-after-suspension-in-mid-sign-in'],
      async (world) => {
        const user = await world.makeUser()
        const person = world.person()
        await person.begin(world.authorization(pkceOf(VERIFIER)))
        await person.step('PUT', '', { interactionEvent: 'SignIn' })
        const identifier = { type: 'username', value: user.username }
        const { password } = user
        const verified = await person.step('POST', '/verification/password', { identifier, password })
        await person.step('POST', '/identification', verified.body)
        await suspend(world, user)
        const submitted = await person.step('POST', '/submit')
        expectReleased(submitted, 'submit-after-suspension-in-mid-sign-in')
        const callback = await person.follow(text(submitted, 'redirectTo'))
        const code = callback.searchParams.get('code') ?? ''
        const redirectUri = String(world.authorization().redirect_uri)
        const { indicator: resource } = world.resource
        const answer = await world.exchange({ code, verifier: VERIFIER, redirectUri, callback }, { resource })
        if (await checksSuspension(world)) return expectReleased(answer, REFUSED)
        expectReleasedToken(answer, 'token-after-suspension-in-mid-sign-in')
      },
    ),
    suspended(
      'a second suspension ends what was won in between',
      ['suspended-twice-refresh-before-second-call', 'suspended-twice-refresh-after-second-call'],
      async (world) => {
        const { user, answer, resource } = await exchangedAfterSuspension(world)
        if (await checksSuspension(world)) return expectReleased(answer, REFUSED)
        const before = await world.refresh(refreshTokenOf(answer), { resource })
        expectReleasedToken(before, 'suspended-twice-refresh-before-second-call')
        await suspend(world, user)
        const after = await world.refresh(refreshTokenOf(before), { resource })
        expectReleased(after, 'suspended-twice-refresh-after-second-call')
      },
    ),
    suspended(
      'the end of a suspension revives nothing',
      ['suspended-twice-refresh-after-second-call'],
      async (world) => {
        const user = await world.makeUser()
        const tokens = await world.tokens(user)
        await suspend(world, user)
        await suspend(world, user, false)
        expectReleased(
          await world.refresh(refreshTokenOf(tokens)),
          'suspended-twice-refresh-after-second-call',
        )
      },
    ),
    suspended(
      'a code issued before the deletion',
      ['code-issued-before-deletion-exchanged-after'],
      async (world) => {
        const user = await world.makeUser()
        const code = await world.signIn(user)
        await world.made('DELETE', `/users/${user.id}`)
        const { indicator: resource } = world.resource
        const answer = await world.exchange(code, { resource })
        expectReleased(answer, 'code-issued-before-deletion-exchanged-after')
      },
    ),
  ],
}
