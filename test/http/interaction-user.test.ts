import {
  Action,
  Condition,
  Controller,
  Entity,
  Interaction,
  InteractionEventEntity,
  KlassByName,
  MonoSystem,
  Property,
  Relation,
  Transform,
} from 'interaqt'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AppOptions, createApp, createDataAPI } from '../../src/http/index.js'
import { type ConditionEvent, requireOrganization, requireScope } from '../../src/interaqt/index.js'
import { type AccessTokenClaims, createParseUserId } from '../../src/server/index.js'
import { openPglite } from '../support/pglite.js'

/**
 * Columns with the names of the identity, and what a caller may have written into them. The sixth name is `id`, a column
 * that Interaqt keeps for itself.
 */
const HOSTILE = {
  logtoId: 'root',
  scopes: ['publish'],
  organizationId: 'org-1',
  actor: { sub: 'nobody' },
  claims: { admin: true },
}

const seen: (ConditionEvent['user'] & Record<string, unknown>)[] = []
const database = openPglite()
const { controller, storage } = createModel()
let ann: string | number

beforeAll(async () => {
  await controller.setup(true)
  const row = { email: 'ann@example.com', role: 'author', department: 'sales', ...HOSTILE }
  ann = (await storage.create('User', { ...row, team: { name: 'red' } })).id
})
beforeEach(() => void seen.splice(0))
afterAll(() => database.close())

const CLAIMS: AccessTokenClaims = {
  sub: 'ann@example.com',
  iss: 'http://127.0.0.1:3001/oidc',
  aud: 'http://127.0.0.1:4000/interaction',
  iat: 1,
  exp: 2,
  client_id: 'spa',
}
const parseUserIdOf = (claims: Partial<AccessTokenClaims> = {}) =>
  createParseUserId({ verifyJWTForAPI: async () => ({ ...CLAIMS, ...claims }) })
const appWith = (options: Partial<AppOptions> = {}) =>
  createApp(controller, { parseUserId: parseUserIdOf(), userProperty: 'email', ...options })

async function call(name: string, options: Partial<AppOptions> = {}) {
  const response = await appWith(options).request(`/interaction/${name}`, { method: 'POST' })
  return response.ok ? 'passed' : (await response.json()).error.code
}

/** What Interaqt stored with the latest event. */
async function stored(): Promise<string> {
  const [event] = await storage.find('_Interaction_', undefined, { orderBy: { id: 'DESC' }, limit: 1 }, ['*'])
  return JSON.stringify(event?.user)
}

/** As Interaqt writes an object: its keys in alphabetical order. */
const json = (fields: object) => JSON.stringify(Object.fromEntries(Object.entries(fields).sort()))

describe('the identity', () => {
  it('hides the columns of its names, also where the token says nothing', async () => {
    expect(await call('look')).toBe('passed')
    expect(seen).toEqual([
      {
        id: ann,
        logtoId: 'ann@example.com',
        scopes: [],
        claims: CLAIMS,
        email: 'ann@example.com',
        role: 'author',
        department: 'sales',
      },
    ])
    expect(await stored()).toBe(json({ id: ann, logtoId: 'ann@example.com', scopes: [] }))
  })

  it('has no claims with the bare id of the guide', async () => {
    expect(await call('look', { parseUserId: () => 'ann@example.com' })).toBe('passed')
    expect(Object.keys(seen[0] ?? {}).sort()).toEqual([
      'department',
      'email',
      'id',
      'logtoId',
      'role',
      'scopes',
    ])
  })

  it('is never taken from a column by requireOrganization and requireScope', async () => {
    const lines: string[] = []
    const write = (line: string) => void lines.push(line)
    const logger = { info: write, warn: write, error: write }
    expect(await call('manage', { logger })).toBe('organization_mismatch')
    expect(await call('publish', { logger })).toBe('scope_insufficient')
    expect(lines).toEqual([
      expect.stringMatching(/organization_mismatch: .* What to do: ask for the token with organizationId/),
      expect.stringMatching(/scope_insufficient: .* What to do: give the user a role/),
    ])
    const parseUserId = parseUserIdOf({ organization_id: 'org-1', scope: 'publish' })
    expect(await call('manage', { parseUserId })).toBe('passed')
    expect(await call('publish', { parseUserId })).toBe('passed')
  })

  it('has organization and actor of the token, and both are stored', async () => {
    const parseUserId = parseUserIdOf({ organization_id: 'org-2', scope: 'a b', act: { sub: 'support' } })
    await call('look', { parseUserId })
    expect(seen[0]).toMatchObject({ organizationId: 'org-2', actor: { sub: 'support' }, scopes: ['a', 'b'] })
    expect(await stored()).toBe(
      json({
        id: ann,
        logtoId: 'ann@example.com',
        scopes: ['a', 'b'],
        organizationId: 'org-2',
        actor: { sub: 'support' },
      }),
    )
  })

  it('is what a Transform sees, as a recompute would', async () => {
    await call('look')
    const traces = await storage.find('Trace', undefined, undefined, ['*'])
    expect(JSON.stringify(traces.at(-1)?.user)).toBe(await stored())
  })

  it('reaches data APIs too', async () => {
    const apis = {
      who: createDataAPI(({ user, headers, signal, ...identity }) => ({ ...identity, role: user.role })),
    }
    const parseUserId = parseUserIdOf({ act: { sub: 'support' } })
    const response = await appWith({ apis, parseUserId }).request('/api/who', { method: 'POST' })
    expect(await response.json()).toEqual({
      logtoId: 'ann@example.com',
      scopes: [],
      actor: { sub: 'support' },
      claims: { ...CLAIMS, act: { sub: 'support' } },
      role: 'author',
    })
  })
})

describe('interactionUser', () => {
  const identity = { logtoId: 'ann@example.com', scopes: [] }

  it('names the columns that are stored besides', async () => {
    await call('look', { interactionUser: ['role', 'department'] })
    expect(await stored()).toBe(json({ id: ann, ...identity, role: 'author', department: 'sales' }))
  })

  it('is a function of record and identity that returns what is stored besides', async () => {
    const interactionUser: AppOptions['interactionUser'] = async (record, { claims }) => ({
      client: claims?.client_id,
      role: String(record.role).toUpperCase(),
    })
    await call('look', { interactionUser })
    expect(await stored()).toBe(json({ id: ann, ...identity, client: 'spa', role: 'AUTHOR' }))
    expect(seen[0]).toMatchObject({ client: 'spa', role: 'author' })
  })

  it('cannot change the identity', async () => {
    await call('look', { interactionUser: () => ({ ...HOSTILE, id: 'x', role: 'author' }) })
    expect(await stored()).toBe(json({ id: ann, ...identity, role: 'author' }))
  })

  it('is checked against the entity of the sync', () => {
    const sync = { ensureUser: async () => ({ id: ann }), apply: async () => {}, userEntity: 'Team' }
    expect(() => appWith({ sync, interactionUser: ['nam'] })).toThrow(
      'interactionUser names "nam", which is no column of the entity Team: did you mean name?',
    )
    expect(() => appWith({ sync, webhook: false, interactionUser: ['name'] })).not.toThrow()
  })

  it('fails loudly when the function returns no object', async () => {
    const onError = vi.fn()
    // @ts-expect-error: not an object
    expect(await call('look', { interactionUser: () => 'author', onError })).toBe('internal_error')
    expect(onError.mock.calls[0]?.[0].message).toBe(
      'interactionUser must return an object with the fields to store, got string',
    )
  })

  it.each([
    ['no list', 'role', /interactionUser must be an array of columns .*got "role"/],
    ['an empty name', [''], /interactionUser\[0\] must be a string/],
    ['a name of the identity', ['role', 'organizationId'], /names "organizationId", .*sign-in: take it out/],
    [
      'no column, but nearly',
      ['rolle'],
      /"rolle", which is no column of the entity User: did you mean role\?/,
    ],
    ['no column at all', ['nickname'], /no column of the entity User; there are email, role/],
  ])('is refused at start: %s', (_, interactionUser, message) => {
    expect(() => Reflect.apply(appWith, undefined, [{ interactionUser }])).toThrow(message)
  })
})

function createModel() {
  const system = new MonoSystem(database)
  system.conceptClass = KlassByName
  const text = (name: string) => Property.create({ name, type: 'string' })
  const object = (name: string) => Property.create({ name, type: 'object' })
  const User = Entity.create({
    name: 'User',
    properties: [
      ...['email', 'role', 'department', 'logtoId', 'organizationId'].map(text),
      Property.create({ name: 'scopes', type: 'string', collection: true }),
      object('actor'),
      object('claims'),
    ],
  })
  const Team = Entity.create({ name: 'Team', properties: [text('name')] })
  const Trace = Entity.create({
    name: 'Trace',
    properties: [object('user')],
    computation: Transform.create({
      eventDeps: { happened: { recordName: InteractionEventEntity.name, type: 'create' } },
      callback: (event: { record: { user: unknown } }) => ({ user: event.record.user }),
    }),
  })
  const team = Relation.create({
    source: User,
    sourceProperty: 'team',
    target: Team,
    targetProperty: 'members',
    type: 'n:1',
  })
  const spy = Condition.create({
    name: 'spy',
    content: (event: { user: (typeof seen)[number] }) => {
      seen.push(event.user)
      return true
    },
  })
  const interaction = (name: string, conditions: typeof spy) =>
    Interaction.create({ name, action: Action.create({ name }), conditions })
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const created: Controller = Reflect.construct(Controller, [
    {
      system,
      entities: [User, Team, Trace],
      relations: [team],
      eventSources: [
        interaction('look', spy),
        interaction('manage', requireOrganization()),
        interaction('publish', requireScope('publish')),
      ],
    },
  ])
  return { controller: created, storage: system.storage }
}
