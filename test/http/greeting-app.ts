import {
  Action,
  Condition,
  Controller,
  DataPolicy,
  Entity,
  EventSource,
  GetAction,
  Interaction,
  InteractionEventEntity,
  KlassByName,
  MonoSystem,
  Payload,
  PayloadItem,
  Property,
  Transform,
  UniqueConstraint,
} from 'interaqt'
import { PGLiteDB } from 'interaqt/drivers'

/** A small real application: people greet, a greeting's text is unique, some interactions have conditions. */
export async function startGreetingApp() {
  const User = Entity.create({
    name: 'User',
    properties: [
      Property.create({ name: 'logtoId', type: 'string' }),
      Property.create({ name: 'name', type: 'string' }),
      Property.create({ name: 'isSuspended', type: 'boolean' }),
      Property.create({ name: 'isDeleted', type: 'boolean' }),
    ],
  })
  const Greeting = Entity.create({
    name: 'Greeting',
    properties: [
      Property.create({ name: 'text', type: 'string' }),
      Property.create({ name: 'from', type: 'string' }),
    ],
    constraints: [
      UniqueConstraint.create({
        name: 'Greeting_text_unique',
        properties: ['text'],
        violationCode: 'GREETING_TAKEN',
      }),
    ],
    computation: Transform.create({
      eventDeps: {
        sent: {
          recordName: InteractionEventEntity.name,
          type: 'create',
          record: { interactionName: 'greet' },
        },
      },
      callback: (event: { record: { payload: { text: string }; user: { logtoId: string } } }) => ({
        text: event.record.payload.text,
        from: event.record.user.logtoId,
      }),
    }),
  })

  const greet = interaction('greet')
  const greetLoudly = interaction('greetLoudly', async (event) => event.user.scopes.includes('greet:loudly'))
  const greetPolitely = interaction('greetPolitely', async () => ({
    allowed: false,
    code: 'say_please',
    message: 'Say please.',
  }))
  const greetBroken = interaction('greetBroken', async () => {
    throw Object.assign(new Error('password of the database is hunter2'), { code: 'leak' })
  })
  const greetings = Interaction.create({
    name: 'greetings',
    action: GetAction,
    data: Greeting,
    dataPolicy: DataPolicy.create({ attributeQuery: ['text'] }),
  })
  const lock = Interaction.create({
    name: 'lock',
    action: Action.create({ name: 'lock' }),
    conditions: Condition.create({
      name: 'canLock',
      content: async () => {
        throw Object.assign(new Error('could not serialize'), { code: '40001' })
      },
    }),
  })
  const backdoor = EventSource.create<{ user: unknown }, object>({
    name: 'backdoor',
    entity: Entity.create({
      name: 'BackdoorEvent',
      properties: [Property.create({ name: 'user', type: 'object' })],
    }),
    admit: async () => {},
    mapEventData: ({ user }) => ({ user }),
    resolve: async () => ({ open: true }),
  })

  const db = new PGLiteDB(undefined, { logger: silent })
  const system = new MonoSystem(db)
  system.conceptClass = KlassByName
  const eventSources = [greet, greetLoudly, greetPolitely, greetBroken, greetings, lock, backdoor]
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const controller: Controller = Reflect.construct(Controller, [
    { system, entities: [User, Greeting], relations: [], eventSources },
  ])
  await controller.setup(true)
  return { controller, storage: system.storage, close: () => db.close() }
}

// Interaqt prints every failing statement; some tests provoke one.
const silent = { info: () => {}, error: () => {}, child: () => silent }

type ConditionContent = (event: { user: { scopes: string[] } }) => Promise<unknown>

function interaction(name: string, content?: ConditionContent) {
  return Interaction.create({
    name,
    action: Action.create({ name }),
    payload: Payload.create({
      items: [PayloadItem.create({ name: 'text', type: 'string', required: true })],
    }),
    ...(content ? { conditions: Condition.create({ name: `may_${name}`, content }) } : {}),
  })
}
