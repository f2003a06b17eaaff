import {
  Action,
  type ConstraintInstance,
  Entity,
  type EntityInstance,
  type EventSourceInstance,
  Interaction,
  InteractionEventEntity,
  Payload,
  PayloadItem,
  Property,
  type PropertyInstance,
  Relation,
  Transform,
} from 'interaqt'

/** What `createLogtoSync` adds to a model. */
interface SyncedUsers {
  properties: PropertyInstance[]
  constraints: ConstraintInstance[]
  entities: EntityInstance[]
  // biome-ignore lint/suspicious/noExplicitAny: event sources of different arguments, as Interaqt's Controller takes them.
  eventSources: EventSourceInstance<any, any>[]
}

/** The whole application: people write notes, and everybody who is signed in can read them. */
export function createModel(sync: SyncedUsers) {
  const User = Entity.create({
    name: 'User',
    properties: [
      ...sync.properties,
      Property.create({ name: 'username', type: 'string' }),
      Property.create({ name: 'name', type: 'string' }),
    ],
    constraints: sync.constraints,
  })
  const writeNote = Interaction.create({
    name: 'writeNote',
    action: Action.create({ name: 'writeNote' }),
    payload: Payload.create({
      items: [PayloadItem.create({ name: 'text', type: 'string', required: true })],
    }),
  })
  // A note is what became of an interaction: Interaqt derives it from the event, which names who called.
  const Note = Entity.create({
    name: 'Note',
    properties: [
      Property.create({ name: 'text', type: 'string' }),
      Property.create({ name: 'writtenAt', type: 'number', defaultValue: () => Date.now() }),
    ],
    computation: Transform.create({
      eventDeps: {
        written: {
          recordName: InteractionEventEntity.name,
          type: 'create',
          record: { interactionName: writeNote.name },
        },
      },
      callback: ({ record }: { record: { user: { id: string }; payload: { text: string } } }) => ({
        text: record.payload.text,
        author: { id: record.user.id },
      }),
    }),
  })
  const Author = Relation.create({
    source: Note,
    sourceProperty: 'author',
    target: User,
    targetProperty: 'notes',
    type: 'n:1',
  })
  return {
    entities: [User, ...sync.entities, Note],
    relations: [Author],
    eventSources: [...sync.eventSources, writeNote],
  }
}
