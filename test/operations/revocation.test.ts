import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { isLongRun } from '../support/long-run.js'
import { later, ROLE, Scene } from './revocation-scene.js'
import {
  MODES,
  MOMENTS,
  type Mode,
  type Moment,
  type Revocation,
  TABLE,
  type Way,
} from './revocation-table.js'
import type { SignedIn } from './signed-in.js'

const MINUTE = 60
const WAYS_AS_SAMPLE = ['none', 'event'] as const satisfies readonly Way[]

let scene: Scene
beforeAll(async () => {
  scene = await Scene.start()
})
afterEach(() => {
  vi.useRealTimers()
  scene.logto.faults.clear()
  scene.registerBackChannelLogout(false)
})
afterAll(() => scene.close())

/** What is done to a person; returns who is asked about afterwards, when it is not the same one. */
type Act = (person: SignedIn) => Promise<unknown>

const ACTS: Record<Exclude<Revocation, 'signed out, copied'>, Act> = {
  suspended: ({ userId }) => scene.manage('PATCH', `/users/${userId}/is-suspended`, { isSuspended: true }),
  deleted: ({ userId }) => scene.manage('DELETE', `/users/${userId}`),
  'signed out': (person) => person.signOut(),
  'signed out at Logto': (person) => {
    scene.registerBackChannelLogout(true)
    return person.signOutAtLogto()
  },
  'signed out at Logto, not registered': (person) => person.signOutAtLogto(),
  'session revoked': ({ userId }) => revokeSession(userId),
  'session and grants revoked': ({ userId }) => revokeSession(userId, '?revokeGrantsTarget=all'),
  'role removed': async ({ userId }) => {
    const role = [...scene.logto.state.roles.values()].find(({ name }) => name === ROLE)
    await scene.manage('DELETE', `/users/${userId}/roles/${role?.id}`)
  },
  'password changed': ({ userId }) =>
    scene.manage('PATCH', `/users/${userId}/password`, { password: 'another-one-2' }),
}

/** Revokes the one session of a person, where logout tokens would arrive if any were sent. */
async function revokeSession(userId: string, query = ''): Promise<void> {
  scene.registerBackChannelLogout(true)
  const [session] = scene.logto.state.sessions.sessionsOf(userId)
  await scene.manage('DELETE', `/users/${userId}/sessions/${session?.payload.uid}${query}`)
}

/** Does what a line says, and returns the moment at which the person is first refused. */
async function measure(revocation: Revocation, mode: Mode, way: Way): Promise<Moment> {
  const application = scene.serve(mode, way)
  const signedIn = await scene.signIn(mode, application)
  const isCopied = revocation === 'signed out, copied'
  const person = isCopied ? signedIn.copyTo(application.another()) : signedIn
  expect(await person.isServed()).toBe(true)
  await (isCopied ? signedIn.signOut() : ACTS[revocation](signedIn))
  if (!(await person.isServed())) return 'now'

  await scene.logto.state.deliveries.settled()
  if (!(await person.isServed())) return 'delivery'
  if (way !== 'none') {
    await scene.sync.replay({ hookId: scene.hookId })
    if (!(await person.isServed())) return 'replay'
    await scene.sync.reconcile()
    if (!(await person.isServed())) return 'reconcile'
  }

  later(55 * MINUTE)
  if (!(await person.isServed())) throw new Error('refused before the access token expired')
  later(6 * MINUTE)
  if (!(await person.isServed())) return 'expiry'
  for (let renewals = 0; renewals < 3; renewals++) {
    later(2 * 60 * MINUTE)
    if (!(await person.isServed())) throw new Error('refused after the access token was renewed')
  }
  return 'never'
}

describe.each(TABLE)('$title, sync: $ways', ({ revocation, ways, cells }) => {
  // Where the sync makes no difference, two of its ways are a sample: none, and all that there are.
  const sample = isLongRun || ways.length === 1 ? ways : WAYS_AS_SAMPLE
  const measured = sample.flatMap((way) =>
    MODES.flatMap((mode) => {
      const moment = cells[mode]
      return moment === undefined ? [] : [{ mode, way, moment, says: MOMENTS[moment] }]
    }),
  )
  it.each(measured)('mode $mode, way $way: $says', async ({ mode, way, moment }) => {
    expect(await measure(revocation, mode, way)).toBe(moment)
  })
})
