import { type Controller, type Database, InteractionGuardError } from 'interaqt'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createApp } from '../../src/http/index.js'
import { openPglite } from '../support/pglite.js'
import { createDatabase } from '../support/postgres.js'
import { idOf, startConditionsApp } from './conditions-app.js'

const databases: { name: string; open(): Promise<{ database: Database; close(): Promise<unknown> }> }[] = [
  {
    name: 'PostgreSQL',
    async open() {
      const created = await createDatabase(inject('postgres'))
      return { database: created.open(), close: () => created.drop() }
    },
  },
  {
    name: 'PGLite',
    async open() {
      const database = openPglite()
      return { database, close: () => database.close() }
    },
  },
]

type Who = 'ann' | 'bob' | 'cy'
type Verdict = { refused: string } | { data?: unknown; outcome?: string; context?: unknown }

const PASS = {}
const REFUSED = { refused: 'condition_failed' }
const PAPER = { paper: 'sales plan' }

/** For each kind of condition: the payload, and what becomes of ann, bob and cy, whose columns are all empty. */
const KINDS: [string, Record<string, unknown> | undefined, Verdict, Verdict, Verdict][] = [
  ['roleEquals', undefined, PASS, REFUSED, REFUSED],
  ['roleIsOneOf', undefined, REFUSED, PASS, REFUSED],
  ['rolesInclude', undefined, PASS, REFUSED, REFUSED],
  ['hasCredits', undefined, PASS, PASS, REFUSED],
  ['isVerified', undefined, PASS, REFUSED, REFUSED],
  ['nestedInAColumn', undefined, PASS, REFUSED, REFUSED],
  ['saysWhy', undefined, PASS, { refused: 'CREDITS_LOW' }, { refused: 'CREDITS_LOW' }],
  ['sameDepartment', PAPER, PASS, REFUSED, REFUSED],
  ['owns', PAPER, PASS, REFUSED, REFUSED],
  ['affords', { amount: 10 }, PASS, REFUSED, REFUSED],
  ['payloadOfOwnDepartment', { department: 'tech' }, REFUSED, PASS, REFUSED],
  ['and', undefined, PASS, REFUSED, REFUSED],
  ['or', undefined, PASS, PASS, REFUSED],
  ['not', undefined, REFUSED, PASS, PASS],
  ['throwsWithoutTheColumn', undefined, PASS, REFUSED, REFUSED],
  ['locksByColumn', undefined, PASS, REFUSED, REFUSED],
  ['locksAMatch', undefined, PASS, PASS, REFUSED],
  ['admitsAContext', undefined, PASS, PASS, { refused: 'NO_ROLE' }],
]

describe.each(databases)('conditions on columns of the User record on $name', ({ open }) => {
  let opened: Awaited<ReturnType<typeof open>>
  let app: Awaited<ReturnType<typeof startConditionsApp>>

  beforeAll(async () => {
    opened = await open()
    app = await startConditionsApp(opened.database)
  })
  afterAll(() => opened.close())

  const recordOf = async (who: Who) => {
    const id = await idOf(app.storage, who)
    const users = await app.storage.find('User', undefined, undefined, ['*'])
    return users.find((user) => user.id === id)
  }
  const eventsOf = (name: string) =>
    app.storage
      .find('_Interaction_', undefined, { orderBy: { id: 'ASC' } }, ['*'])
      .then((events) => events.filter((event) => event.interactionName === name))

  async function byHttp(who: Who, name: string, body: object = {}): Promise<Verdict> {
    const hono = createApp(app.controller, {
      parseUserId: () => ({ userId: who, scopes: ['read'] }),
      onError: () => {},
    })
    const response = await hono.request(`/interaction/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.json()
    return response.ok ? answer : { refused: answer.error.code }
  }

  /** With the record as user, as in Interaqt's guides. */
  async function byDispatch(who: Who, name: string, { activity, ...args }: Body = {}): Promise<Verdict> {
    const eventSource = app.controller.findEventSourceByName(activity ? `${activity}:${name}` : name)
    const user = await recordOf(who)
    const result = await dispatch(app.controller, eventSource, { user, ...args })
    const { error, data, outcome, context } = result
    if (error) return { refused: codeOf(error) }
    return {
      ...(data !== undefined && { data }),
      ...(outcome && { outcome }),
      ...(context !== undefined && { context }),
    }
  }

  it.each(KINDS)('%s', async (name, payload, ann, bob, cy) => {
    const body = payload ? { payload } : {}
    for (const [who, expected] of [
      ['ann', ann],
      ['bob', bob],
      ['cy', cy],
    ] satisfies [Who, Verdict][]) {
      expect([who, await byDispatch(who, name, body)]).toEqual([who, expected])
      expect([who, await byHttp(who, name, body)]).toEqual([who, expected])
    }
  })

  it('a data policy matches by a column', async () => {
    const query = { attributeQuery: ['title'] }
    const ann = { data: [expect.objectContaining({ title: 'sales plan' })] }
    expect(await byDispatch('ann', 'papersOfMyDepartment', { query })).toEqual(ann)
    expect(await byHttp('ann', 'papersOfMyDepartment', { query })).toEqual(ann)
    expect(await byDispatch('cy', 'papersOfMyDepartment', { query })).toEqual({ data: [] })
    expect(await byHttp('cy', 'papersOfMyDepartment', { query })).toEqual({ data: [] })
  })

  it('an idempotency key is made of a column', async () => {
    const run = async (call: typeof byHttp, requestId: string) => {
      const body = { payload: { requestId } }
      const name = 'oncePerDepartment'
      return [
        await call('ann', name, body),
        await call('ann', name, body),
        await call('bob', name, body),
        await call('cy', name, body),
      ]
    }
    const expected = [{ outcome: 'applied' }, { outcome: 'replayed' }, { outcome: 'applied' }, {}]
    expect(await run(byDispatch, 'one')).toEqual(expected)
    expect(await run(byHttp, 'two')).toEqual(expected)
  })

  it('a step of an activity decides by a column, at its start and in its course', async () => {
    for (const call of [byDispatch, byHttp]) {
      expect(await call('ann', 'apply', { activity: 'hire' })).toEqual(REFUSED)
      const started = await call('bob', 'apply', { activity: 'hire' })
      const activityId = activityIdOf(started)
      expect(await call('bob', 'approve', { activity: 'hire', activityId })).toEqual(REFUSED)
      expect(activityIdOf(await call('ann', 'approve', { activity: 'hire', activityId }))).toBe(activityId)
    }
    const [, event] = await eventsOf('apply')
    expect(JSON.stringify(event?.user)).toBe(await storedOf('bob'))
  })

  const storedOf = async (who: Who) =>
    JSON.stringify({ id: await idOf(app.storage, who), logtoId: who, scopes: ['read'] })

  it('what is stored has no column in it, byte for byte', async () => {
    await byHttp('ann', 'locksAMatch')
    const event = (await eventsOf('locksAMatch')).at(-1)
    expect(JSON.stringify(event?.user)).toBe(await storedOf('ann'))
    expect((await jsonOfLatestEvent(opened.database)).map(String)).toContain(await storedOf('ann'))
  })
})

interface Body {
  activity?: string
  activityId?: string
  payload?: object
  query?: object
}

function activityIdOf(verdict: Verdict): string {
  const context = 'context' in verdict ? verdict.context : undefined
  if (context && typeof context === 'object' && 'activityId' in context) return String(context.activityId)
  throw new Error(`no activity: ${JSON.stringify(verdict)}`)
}

// As the HTTP app names them: Interaqt's own codes of a condition are one code there.
function codeOf(error: unknown): string {
  if (!(error instanceof InteractionGuardError)) throw error
  const { code } = error
  return code && !code.startsWith('CONDITION_') ? code : 'condition_failed'
}

/** The JSON columns of the newest event, as the database has them. */
async function jsonOfLatestEvent(database: Database): Promise<unknown[]> {
  const columns = await database.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_name = '_Interaction_' AND data_type = 'json'`,
    [],
  )
  const list = columns.map(({ name }) => `"${name}"::text`).join(', ')
  const [row] = await database.query<Record<string, string>>(
    `SELECT ARRAY[${list}] AS texts FROM "_Interaction_" ORDER BY "_rowId" DESC LIMIT 1`,
    [],
  )
  return Object.values(row ?? {}).flat()
}

// Reflection, because interaqt's types of interactions do not fit its Controller under exactOptionalPropertyTypes.
async function dispatch(controller: Controller, eventSource: unknown, args: object) {
  return Reflect.apply(controller.dispatch, controller, [eventSource, args])
}
