import {
  Action,
  Entity,
  Interaction,
  InteractionEventEntity,
  Payload,
  PayloadItem,
  Property,
  Relation,
  Transform,
} from 'interaqt'

/**
 * The whole application: people write notes, and everybody who is signed in can read them. What keeps users in step with
 * Logto is added by `sync.extend` in `server.ts`.
 */
export function createModel() {
  const User = Entity.create({
    name: 'User',
    properties: [
      Property.create({ name: 'username', type: 'string' }),
      Property.create({ name: 'name', type: 'string' }),
    ],
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
    entities: [User, Note],
    relations: [Author],
    eventSources: [writeNote],
  }
}
