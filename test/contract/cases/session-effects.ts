import { expect } from 'vitest'
import type { ContractCase } from '../case.js'
import { recording } from '../recordings.js'
import type { World } from '../world.js'
import { errorOf, released, suspend } from './released.js'
import { grantIdOf, revoke, type SignedIn, signedIn, silent } from './session-scene.js'

interface Effects {
  effects: Record<string, Record<string, unknown>>
}

/** What an act does to the tokens and the session of two applications, and what it tells anybody. */
function effect(
  name: string,
  file: string,
  key: string,
  act: (world: World, signedIn: SignedIn) => Promise<unknown>,
): ContractCase {
  return {
    name,
    recording: released(file),
    compares: `refresh in both applications, userinfo, a silent sign-in, and which webhooks arrive (${key})`,
    run: async (world) => {
      const signed = await signedIn(world)
      const already = world.receiver.received.length
      await act(world, signed)
      const prompted = await silent(world, signed.person)
      const measured = {
        refreshSpa: await signed.refresh(world.spa.id),
        refreshBcApp: await signed.refresh(signed.other),
        userinfo: (await world.userinfo(signed.opaque)).status,
        promptNone: errorOf(prompted) ?? 'code',
      }
      await new Promise((resolve) => setTimeout(resolve, 300))
      const events = world.receiver.received
        .slice(already)
        // Other cases have hooks of their own, on paths of their own.
        .filter(({ path, body }) => path === '/hook' && body.includes(signed.user.id))
        .map(({ event }) => ({ hook: event.event }))
      const recorded = recording<Effects>(released(file)).effects[key]
      const { accountApi: _notAsked, ...expected } = recorded ?? {}
      expect({ ...measured, deliveriesReceived: events }).toEqual(expected)
    },
  }
}

const SUMMARY = 'effects-summary'

export const effects: readonly ContractCase[] = [
  effect('a session that is revoked', SUMMARY, 'after-session-delete', revoke('')),
  effect(
    'a session that is revoked with all grants',
    SUMMARY,
    'after-session-delete-grants-all',
    revoke('?revokeGrantsTarget=all'),
  ),
  effect(
    'a session that is revoked with the grants of first-party applications',
    SUMMARY,
    'after-session-delete-grants-firstParty',
    revoke('?revokeGrantsTarget=firstParty'),
  ),
  effect('a grant that is revoked', SUMMARY, 'after-grant-delete-of-spa', async (world, { user }) =>
    world.made('DELETE', `/users/${user.id}/grants/${await grantIdOf(world, user, world.spa.id)}`),
  ),
  effect('a suspension', SUMMARY, 'after-suspend', (world, { user }) => suspend(world, user)),
  effect('a new password', SUMMARY, 'after-password-change-by-management-api', (world, { user }) =>
    world.made('PATCH', `/users/${user.id}/password`, { password: 'An0ther-passw0rd!x9' }),
  ),
  effect('a deletion', SUMMARY, 'after-user-delete', (world, { user }) =>
    world.made('DELETE', `/users/${user.id}`),
  ),
]
