import { Action, Entity, Interaction, Payload, PayloadItem, Property } from 'interaqt'

/** The reader's model of docs/recipes/deployment.md. */
export const entities = [
  Entity.create({
    name: 'User',
    properties: [
      Property.create({ name: 'username', type: 'string' }),
      Property.create({ name: 'name', type: 'string' }),
    ],
  }),
]
export const relations = []
export const eventSources = [
  Interaction.create({
    name: 'sendFriendRequest',
    action: Action.create({ name: 'sendFriendRequest' }),
    payload: Payload.create({ items: [PayloadItem.create({ name: 'to', type: 'string', required: true })] }),
  }),
]
