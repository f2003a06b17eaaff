import fc from 'fast-check'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import type { Client } from '../../src/server/index.js'
import type { HookRecord } from '../../src/testing/records/records.js'
import { addHook } from '../../src/testing/seed/seed.js'
import { userInApi, userInEvent } from '../../src/testing/state/users.js'
import { mapAppUser, type TestApp } from './interaqt-app.js'
import type { ProcessCalls } from './interaqt-app-process.js'

/** One thing that happens in Logto, to the user in this seat: `create` and `signUp` put a new one there. */
export type Step =
  | { do: 'create' | 'signUp' | 'suspend' | 'resume' | 'delete' | 'signIn' | 'request'; seat: number }
  | { do: 'rename'; seat: number; name: string | null }
  | { do: 'customData'; seat: number; patch: Record<string, unknown> }
  | { do: 'pause'; ms: number }

/** Steps of one array happen at once, the arrays one after another. */
export interface History {
  /** Seats, each taken by a user at the start; a step's seat counts on from the first after the last. */
  seats: number
  moments: Step[][]
  /** What is to repair the rest when all deliveries are through. */
  repair: 'deliveries' | 'replay' | 'reconcile'
  faults: { fail: number; drop: number; duplicate: number; reorder: number; delayMs: [number, number] }
  times: { ties: number; inversions: number }
}

/** Few seats make many things happen to one user at once, many make a busy tenant. */
const MAX_SEATS = 12

const seat = fc.nat({ max: MAX_SEATS - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('create', 'signUp'), seat }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('suspend', 'resume', 'signIn', 'request'), seat }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), seat }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('rename'),
      seat,
      name: fc.constantFrom('Ada', 'Grace', 'Barbara', 'Ünï “quoted”', null),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('customData'),
      seat,
      // What a user might write there to look like somebody else.
      patch: fc.record(
        {
          tier: fc.constantFrom('gold', 'silver'),
          id: fc.constant('victim'),
          isSuspended: fc.boolean(),
          updatedAt: fc.nat(),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pause'), ms: fc.nat({ max: 30 }) }) },
)

const share = (max: number) => fc.nat({ max: max * 10 }).map((tenths) => tenths / 10)

export const histories: fc.Arbitrary<History> = fc
  .record({
    seats: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 4, max: MAX_SEATS })),
    moments: fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 3, maxLength: 12 }),
    // Deliveries more often: a repair hides what they did wrong.
    repair: fc.constantFrom('deliveries', 'deliveries', 'replay', 'reconcile'),
    faults: fc.record({
      fail: share(0.6),
      drop: share(0.6),
      duplicate: share(0.4),
      reorder: share(0.4),
      delayMs: fc.tuple(fc.constant(0), fc.nat({ max: 25 })),
    }),
    times: fc.record({ ties: share(0.3), inversions: share(0.3) }),
  })
  .map((history) => ({
    ...history,
    faults: {
      ...history.faults,
      fail: history.repair === 'deliveries' ? 0 : history.faults.fail,
      drop: history.repair === 'reconcile' ? history.faults.drop : 0,
    },
  }))

/** Where histories are played: one embedded Logto, and one or more processes of the application. */
export interface Stage {
  logto: EmbeddedLogto
  client: Client
  /** The processes of the application. */
  apps: ProcessCalls[]
  /** The rows of the User table. */
  users: TestApp['users']
  /** Where webhooks are received, and with which key. */
  webhookUrl: string
  signingKey: string
  /** Empties the User table. */
  clear(): Promise<unknown>
}

/** Plays a history, lets its repair run, and returns what the User table should be and what it is. */
export async function play(stage: Stage, { seats: count, moments, repair, faults, times }: History) {
  const { logto, apps } = stage
  const hook = await start(stage)
  const seats = await Promise.all(Array.from({ length: count }, () => createUser(stage)))
  await logto.state.deliveries.settled()
  logto.faults.webhooks(faults)
  logto.faults.userTimes(times)
  for (const steps of moments) await Promise.all(steps.map((step) => perform(stage, seats, step)))
  await logto.state.deliveries.settled()
  logto.faults.clear()
  // Each repair runs in all processes at once.
  if (repair === 'replay') await Promise.all(apps.map((app) => app.replay(hook.id)))
  if (repair === 'reconcile') await Promise.all(apps.map((app) => app.reconcile()))
  logto.state.hooks.delete(hook.id)
  return { expected: expectedRows(stage), actual: await actualRows(stage) }
}

async function start({ logto, apps, webhookUrl, signingKey, clear }: Stage): Promise<HookRecord> {
  await clear()
  for (const { id } of [...logto.state.users.newestFirst()]) logto.state.users.delete(id)
  // A Logto without any user is taken for a wrong endpoint.
  const anchor = logto.state.users.create({ username: 'anchor' })
  await apps[0]?.ensureUser(anchor.id)
  return addHook(logto.state, { url: webhookUrl, signingKey })
}

async function perform(stage: Stage, seats: string[], step: Step): Promise<void> {
  const { logto, apps } = stage
  const { state } = logto
  if (step.do === 'pause') {
    await new Promise((resolve) => setTimeout(resolve, step.ms))
    return
  }
  const seat = step.seat % seats.length
  const id = seats[seat]
  if (step.do === 'create') {
    seats[seat] = await createUser(stage)
  } else if (step.do === 'signUp') {
    const user = state.users.create({ username: `u${Math.random().toString(36).slice(2)}` })
    seats[seat] = user.id
    report(logto, 'User.Created', { interactionEvent: 'Register', data: userInEvent(user) })
    state.users.update(user, { lastSignInAt: state.now() })
    report(logto, 'PostRegister', { userId: user.id, user: userInEvent(user) })
  } else if (id === undefined) {
    return
  } else if (step.do === 'signIn') {
    const user = state.users.get(id)
    if (!user) return
    state.users.update(user, { lastSignInAt: state.now() })
    report(logto, 'PostSignIn', { userId: user.id, user: userInEvent(user) })
  } else if (step.do === 'request') {
    const app = apps[Math.floor(Math.random() * apps.length)]
    // Unknown and deleted users are refused here; that is another test's subject.
    await app?.ensureUser(id).catch(() => {})
  } else {
    await callManagementApi(stage, ...callOf(step, id))
  }
}

function callOf(
  step: Exclude<Step, { do: 'pause' }>,
  id: string,
): [method: string, path: string, body?: unknown] {
  if (step.do === 'rename') return ['PATCH', `/users/${id}`, { name: step.name }]
  if (step.do === 'customData') return ['PATCH', `/users/${id}/custom-data`, { customData: step.patch }]
  if (step.do === 'delete') return ['DELETE', `/users/${id}`]
  return ['PATCH', `/users/${id}/is-suspended`, { isSuspended: step.do === 'suspend' }]
}

async function createUser(stage: Stage): Promise<string> {
  const answer = await callManagementApi(stage, 'POST', '/users', {
    username: `u${Math.random().toString(36).slice(2)}`,
  })
  const { id } = await answer.json()
  return id
}

async function callManagementApi(
  { logto, client }: Stage,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  return fetch(`${logto.url}/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await client.getManagementToken()}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

function report({ state }: EmbeddedLogto, event: string, fields: Record<string, unknown>): void {
  state.deliveries.trigger(event, {
    event,
    createdAt: new Date(state.now()).toISOString(),
    sessionId: 'session',
    ...fields,
  })
}

// What the application should show of each user that Logto has.
function expectedRows({ logto }: Stage): Record<string, unknown> {
  return Object.fromEntries(
    logto.state.users.newestFirst().map((row) => {
      const user = userInApi(row)
      const fields = { logtoUpdatedAt: user.updatedAt, isSuspended: user.isSuspended, isDeleted: false }
      return [user.id, { ...mapAppUser(user), ...fields }]
    }),
  )
}

// What it does show. Whom Logto does not have may only be there marked as deleted.
async function actualRows({ users, logto }: Stage): Promise<Record<string, unknown>> {
  const rows = await users()
  const actual: Record<string, unknown> = {}
  for (const { logtoId, username, name, email, customData, logtoUpdatedAt, isSuspended, isDeleted } of rows) {
    if (isDeleted && !logto.state.users.get(logtoId)) continue
    if (logtoId in actual) throw new Error(`two records of ${logtoId}`)
    actual[logtoId] = {
      username: username ?? null,
      name: name ?? null,
      email: email ?? null,
      customData,
      logtoUpdatedAt,
      isSuspended: Boolean(isSuspended),
      isDeleted: Boolean(isDeleted),
    }
  }
  return actual
}
