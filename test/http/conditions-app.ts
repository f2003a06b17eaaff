import {
  Action,
  Activity,
  ActivityManager,
  BoolExp,
  Condition,
  Conditions,
  Controller,
  type Database,
  DataPolicy,
  Entity,
  GetAction,
  Interaction,
  InteractionEventEntity,
  KlassByName,
  MatchExp,
  MonoSystem,
  Payload,
  PayloadItem,
  Property,
  Transfer,
  Transform,
} from 'interaqt'

/** An event as a condition of the application sees it. */
interface Event {
  user: {
    id: string | number
    role?: string
    roles?: string[]
    department?: string
    credits?: number
    isVerified?: boolean
    accountId?: string | number
    profile?: { isAdmin?: boolean }
  }
  payload: Record<string, unknown>
}

type Storage = MonoSystem['storage']
type This = { system: { storage: Storage } }

/**
 * An application whose conditions decide by columns of the User record, in every way that Interaqt's guides show. Each
 * interaction is called after the way.
 */
export async function startConditionsApp(database: Database) {
  const system = new MonoSystem(database)
  system.conceptClass = KlassByName
  const activities = new ActivityManager([hire]).getOutput()
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const controller: Controller = Reflect.construct(Controller, [
    {
      system,
      entities: [User, Paper, Account, Trace, ...activities.entities],
      relations: [...activities.relations],
      eventSources: [...interactions, ...activities.eventSources],
    },
  ])
  await controller.setup(true)
  const { storage } = system

  const rich = await storage.create('Account', { balance: 100 })
  const poor = await storage.create('Account', { balance: 1 })
  const accounts: Record<string, string> = { ann: String(rich.id), bob: String(poor.id) }
  for (const person of PEOPLE) {
    const accountId = accounts[person.logtoId]
    await storage.create('User', { ...person, ...(accountId && { accountId }) })
  }
  const ann = await idOf(storage, 'ann')
  const bob = await idOf(storage, 'bob')
  await storage.create('Paper', { title: 'sales plan', department: 'sales', owner: String(ann) })
  await storage.create('Paper', { title: 'wiring', department: 'tech', owner: String(bob) })
  return { controller, storage }
}

export async function idOf(storage: Storage, logtoId: string): Promise<string | number> {
  const match = MatchExp.atom({ key: 'logtoId', value: ['=', logtoId] })
  return (await storage.findOne('User', match, undefined, ['id'])).id
}

/** Cy's columns are all empty: a column that is missing must refuse, not pass. */
const PEOPLE = [
  {
    logtoId: 'ann',
    role: 'admin',
    roles: ['author', 'admin'],
    department: 'sales',
    credits: 20,
    isVerified: true,
    profile: { isAdmin: true },
  },
  {
    logtoId: 'bob',
    role: 'author',
    roles: ['author'],
    department: 'tech',
    credits: 5,
    isVerified: false,
    profile: { isAdmin: false },
  },
  { logtoId: 'cy' },
]

const text = (name: string) => Property.create({ name, type: 'string' })
const number = (name: string) => Property.create({ name, type: 'number' })

const User = Entity.create({
  name: 'User',
  properties: [
    text('logtoId'),
    text('role'),
    text('department'),
    text('accountId'),
    number('credits'),
    Property.create({ name: 'roles', type: 'string', collection: true }),
    Property.create({ name: 'isVerified', type: 'boolean' }),
    Property.create({ name: 'profile', type: 'object' }),
  ],
})
const Paper = Entity.create({ name: 'Paper', properties: [text('title'), text('department'), text('owner')] })
const Account = Entity.create({ name: 'Account', properties: [number('balance')] })

/** What a Transform sees of the user: it must be what a recompute would see, so what is stored. */
const Trace = Entity.create({
  name: 'Trace',
  properties: [text('interaction'), Property.create({ name: 'user', type: 'object' })],
  computation: Transform.create({
    eventDeps: { happened: { recordName: InteractionEventEntity.name, type: 'create' } },
    callback: (event: { record: { interactionName: string; user: unknown } }) => ({
      interaction: event.record.interactionName,
      user: event.record.user,
    }),
  }),
})

type Content = (this: This, event: Event, admission: Admission) => unknown
type Admission = { get(name: string, id: string | number): Record<string, unknown> | undefined }

const condition = (name: string, content: Content, locks?: unknown[]) =>
  Reflect.apply(Condition.create, Condition, [{ name, content, ...(locks && { locks }) }])
const payload = () =>
  Payload.create({
    items: ['paper', 'amount', 'department', 'requestId'].map((name) =>
      PayloadItem.create({ name, type: name === 'amount' ? 'number' : 'string' }),
    ),
  })
const interaction = (name: string, conditions: unknown, further: object = {}) =>
  Reflect.apply(Interaction.create, Interaction, [
    { name, action: Action.create({ name }), payload: payload(), conditions, ...further },
  ])
const when = (name: string, content: Content) => interaction(name, condition(name, content))

const isAdmin = condition('isAdmin', (event) => event.user.role === 'admin')
const isAuthor = condition('isAuthor', (event) => event.user.role === 'author')
const isVerified = condition('isVerified', (event) => event.user.isVerified === true)

function paperOf(storage: Storage, { payload }: Event) {
  const match = MatchExp.atom({ key: 'title', value: ['=', payload.paper] })
  return storage.findOne('Paper', match, undefined, ['*'])
}

const step = (name: string, role: string) => when(name, (event) => event.user.role === role)
const apply = step('apply', 'author')
const approve = step('approve', 'admin')
const hire = Activity.create({
  name: 'hire',
  interactions: [apply, approve],
  transfers: [Transfer.create({ name: 'applied', source: apply, target: approve })],
})

const interactions = [
  when('roleEquals', (event) => event.user.role === 'admin'),
  when('roleIsOneOf', (event) => ['moderator', 'author'].includes(event.user.role ?? '')),
  when('rolesInclude', (event) => !!event.user.roles?.includes('admin')),
  when('hasCredits', (event) => (event.user.credits ?? 0) > 0),
  when('isVerified', (event) => event.user.isVerified === true),
  when('nestedInAColumn', (event) => !!event.user.profile?.isAdmin),
  when('saysWhy', (event) =>
    (event.user.credits ?? 0) >= 10
      ? { allowed: true }
      : { allowed: false, code: 'CREDITS_LOW', message: `You have ${event.user.credits ?? 'no'} credits.` },
  ),
  when('sameDepartment', async function (event) {
    const paper = await paperOf(this.system.storage, event)
    return !!paper && paper.department === event.user.department
  }),
  when('owns', async function (event) {
    const paper = await paperOf(this.system.storage, event)
    return paper?.owner === String(event.user.id) && event.user.role !== undefined
  }),
  when('affords', (event) => Number(event.payload.amount) <= (event.user.credits ?? 0)),
  when('payloadOfOwnDepartment', (event) => event.payload.department === event.user.department),
  interaction('and', Conditions.create({ content: BoolExp.atom(isAdmin).and(isVerified) })),
  interaction('or', Conditions.create({ content: BoolExp.atom(isAdmin).or(isAuthor) })),
  interaction('not', Conditions.create({ content: BoolExp.atom(isAdmin).not() })),
  when('throwsWithoutTheColumn', (event) => {
    if (event.user.department === undefined) throw new Error('no department')
    return event.user.department.startsWith('s')
  }),
  interaction(
    'locksByColumn',
    condition(
      'hasMoney',
      (event, admission) => Number(admission.get('Account', event.user.accountId ?? '')?.balance) >= 50,
      [{ recordName: 'Account', id: (event: Event) => event.user.accountId }],
    ),
  ),
  interaction(
    'locksAMatch',
    condition('departmentHasPapers', (event) => event.user.department !== undefined, [
      {
        mode: 'match',
        recordName: 'Paper',
        match: (event: Event) =>
          MatchExp.atom({ key: 'department', value: ['=', event.user.department ?? ''] }),
      },
    ]),
  ),
  interaction(
    'admitsAContext',
    condition('withContext', (event) => ({
      allowed: event.user.role !== undefined,
      code: 'NO_ROLE',
      context: { by: event.user.department },
    })),
  ),
  interaction('oncePerDepartment', undefined, {
    idempotency: {
      key: (event: Event) => event.user.department && `${event.user.department}:${event.payload.requestId}`,
    },
  }),
  Reflect.apply(Interaction.create, Interaction, [
    {
      name: 'papersOfMyDepartment',
      action: GetAction,
      data: Paper,
      dataPolicy: DataPolicy.create({
        match: (event: Event) =>
          MatchExp.atom({ key: 'department', value: ['=', event.user.department ?? ''] }),
        attributeQuery: ['title'],
      }),
    },
  ]),
]
