import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import { REDIRECT_URI, type World } from '../world.js'
import { released, suspend } from './released.js'
import { refreshTokenOf } from './token-case.js'

interface LogoutToken {
  header: unknown
  claims: Record<string, unknown> & { iat: number; exp: number }
}
interface Effects {
  effects: Record<string, { refreshBcApp: number; deliveriesReceived: { body?: { decoded: LogoutToken } }[] }>
}

const FILE = 'effects-summary-ssrf-protection-disabled'
const SIGN_OUT = 'after-sign-out-ssrf-protection-disabled'

/** A person who is signed in to an application that is told of sign-outs. */
async function signedIn(world: World) {
  const user = await world.makeUser()
  const person = world.person()
  const marker = world.name('logout')
  const { id } = await world.make('/applications', {
    name: marker,
    type: 'SPA',
    oidcClientMetadata: {
      redirectUris: [REDIRECT_URI],
      postLogoutRedirectUris: [],
      backchannelLogoutUri: `${world.receiver.url}/${marker}`,
      backchannelLogoutSessionRequired: true,
    },
  })
  const request = world.authorization({ client_id: id, resource: undefined, scope: 'openid offline_access' })
  const tokens = await world.exchange(await person.authorize(request, user), { client_id: id })
  const isOurs = ({ path }: { path: string }) => path.endsWith(marker)
  return { user, person, id, tokens, isOurs }
}

async function signOut(person: ReturnType<World['person']>, clientId: string): Promise<void> {
  const page = await person.visit(`/oidc/session/end?client_id=${clientId}`)
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(String(page.body))?.[1] ?? ''
  const body = new URLSearchParams({ xsrf, logout: 'yes' })
  await person.visit('/oidc/session/end/confirm', { method: 'POST', body })
}

function silentAct(name: string, act: (world: World, userId: string) => Promise<unknown>): ContractCase {
  return {
    name: `none at ${name}`,
    recording: released(FILE),
    compares: 'that nothing is posted',
    run: async (world) => {
      const { user, isOurs } = await signedIn(world)
      await act(world, user.id)
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect(world.receiver.received.filter(isOurs)).toEqual([])
    },
  }
}

export const backChannel: ContractGroup = {
  subject: 'Back-channel logout',
  cases: [
    {
      name: 'a logout token at the person’s own sign-out, unless the address is refused',
      recording: `${released(FILE)}, ${released('effects-summary')}`,
      compares:
        'header, claims and lifetime of the token; a Logto that refuses private addresses posts none. The grant with offline_access stays',
      run: async (world) => {
        const { person, id, tokens, isOurs } = await signedIn(world)
        await signOut(person, id)
        const { deliveriesReceived, refreshBcApp } =
          recording<Effects>(released(FILE)).effects[SIGN_OUT] ?? {}
        const form = { client_id: id, scope: 'openid' }
        expect((await world.refresh(refreshTokenOf(tokens), form)).status).toBe(refreshBcApp)
        if (!world.logto.postsToPrivateAddresses) {
          await new Promise((resolve) => setTimeout(resolve, 500))
          expect(world.receiver.received.filter(isOurs)).toEqual([])
          return
        }
        const { body } = await world.receiver.wait(isOurs, 'the logout token')
        const token = new URLSearchParams(body).get('logout_token') ?? ''
        const recorded = deliveriesReceived?.[0]?.body?.decoded
        if (!recorded) throw new Error('the recording has no logout token')
        expectSameShape(decodeProtectedHeader(token), recorded.header)
        expect(decodeProtectedHeader(token).typ).toBe('logout+jwt')
        const claims = decodeJwt(token)
        expectSameShape(claims, recorded.claims)
        expect(claims.aud).toBe(id)
        expect(claims.events).toEqual(recorded.claims.events)
        expect(Number(claims.exp) - Number(claims.iat)).toBe(recorded.claims.exp - recorded.claims.iat)
      },
    },
    silentAct('a suspension', (world, id) => suspend(world, { id })),
    silentAct('a deletion', (world, id) => world.made('DELETE', `/users/${id}`)),
    silentAct('the revocation of the session and its grants', async (world, id) => {
      const { sessions } = (await world.made('GET', `/users/${id}/sessions`)).fields
      const uid = Array.isArray(sessions) ? sessions[0].payload.uid : ''
      await world.made('DELETE', `/users/${id}/sessions/${uid}?revokeGrantsTarget=all`)
    }),
  ],
}
