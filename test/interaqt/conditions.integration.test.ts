import {
  Action,
  Controller,
  Entity,
  Interaction,
  InteractionGuardError,
  MonoSystem,
  Payload,
  PayloadItem,
  Property,
} from 'interaqt'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type InteraqtCondition, requireOrganization, requireScope } from '../../src/interaqt/index.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

interface Caller {
  id: string
  scopes?: string[]
  organizationId?: string
}

let database: TestDatabase
const interaction = (name: string, conditions: InteraqtCondition) =>
  Interaction.create({
    name,
    action: Action.create({ name }),
    payload: Payload.create({ items: [PayloadItem.create({ name: 'organizationId', type: 'string' })] }),
    conditions,
  })

const publish = interaction('publish', requireScope('read:posts', 'publish:posts'))
const manage = interaction('manage', requireOrganization('org-1'))
const join = interaction('join', requireOrganization())
const edit = interaction(
  'edit',
  requireOrganization((event: { payload?: { organizationId?: string } }) => event.payload?.organizationId),
)
let controller: Controller

beforeAll(async () => {
  database = await createDatabase(inject('postgres'))
  const User = Entity.create({
    name: 'User',
    properties: [Property.create({ name: 'name', type: 'string' })],
  })
  // By reflection: interaqt's own types of interactions do not fit its Controller under exactOptionalPropertyTypes.
  controller = Reflect.construct(Controller, [
    {
      system: new MonoSystem(database.open()),
      entities: [User],
      relations: [],
      eventSources: [publish, manage, join, edit],
    },
  ])
  await controller.setup(true)
})
afterAll(() => database.drop())

async function refusalOf(eventSource: typeof publish, user: Caller, payload?: Record<string, unknown>) {
  const args = { user, ...(payload ? { payload } : {}) }
  const { error } = await Reflect.apply(controller.dispatch, controller, [eventSource, args])
  if (error === undefined) return undefined
  if (!(error instanceof InteractionGuardError)) throw error
  return { checkType: error.checkType, code: error.code }
}

describe('requireScope', () => {
  it('lets pass who has all scopes', async () => {
    expect(
      await refusalOf(publish, { id: '1', scopes: ['publish:posts', 'read:posts', 'x'] }),
    ).toBeUndefined()
  })

  it.each([
    ['one scope of two', { id: '1', scopes: ['read:posts'] }],
    ['no scopes', { id: '1', scopes: [] }],
    ['no word about scopes', { id: '1' }],
    ['a scope that only begins so', { id: '1', scopes: ['read:posts', 'publish:posts:own'] }],
  ])('refuses a caller with %s', async (_, user) => {
    expect(await refusalOf(publish, user)).toEqual({ checkType: 'condition', code: 'scope_insufficient' })
  })
})

describe('requireOrganization', () => {
  const REFUSAL = { checkType: 'condition', code: 'organization_mismatch' }

  it('lets pass a token for that organization only', async () => {
    expect(await refusalOf(manage, { id: '1', organizationId: 'org-1' })).toBeUndefined()
    expect(await refusalOf(manage, { id: '1', organizationId: 'org-2' })).toEqual(REFUSAL)
    expect(await refusalOf(manage, { id: '1' })).toEqual(REFUSAL)
  })

  it('lets pass a token for any organization when none is named', async () => {
    expect(await refusalOf(join, { id: '1', organizationId: 'org-2' })).toBeUndefined()
    expect(await refusalOf(join, { id: '1' })).toEqual(REFUSAL)
    expect(await refusalOf(join, { id: '1', organizationId: '' })).toEqual(REFUSAL)
  })

  it('finds the organization in the event', async () => {
    expect(
      await refusalOf(edit, { id: '1', organizationId: 'org-1' }, { organizationId: 'org-1' }),
    ).toBeUndefined()
    expect(await refusalOf(edit, { id: '1', organizationId: 'org-1' }, { organizationId: 'org-2' })).toEqual(
      REFUSAL,
    )
  })

  it('refuses everybody when the event names no organization', async () => {
    expect(await refusalOf(edit, { id: '1', organizationId: 'org-1' }, {})).toEqual(REFUSAL)
    expect(await refusalOf(edit, { id: '1' }, {})).toEqual(REFUSAL)
  })
})
