import {
  Action,
  Entity,
  Interaction,
  MapInteraction,
  MapInteractionItem,
  Payload,
  PayloadItem,
  Property,
  Relation,
} from '@interaqt/runtime'

/** Interaqt's own `id` stays its own; the Logto user id is a property, so that any database will do. */
export const User = Entity.create({
  name: 'User',
  properties: [
    Property.create({ name: 'logtoId', type: 'string' }),
    Property.create({ name: 'username', type: 'string' }),
    // `active`, `suspended` or `deleted`. A deleted user's record stays: late events must not make a new one.
    Property.create({ name: 'status', type: 'string' }),
    // Logto's `updatedAt`, milliseconds. A string, because this runtime's numbers have 32 bits on PostgreSQL.
    Property.create({ name: 'logtoUpdatedAt', type: 'string' }),
  ],
})

/** The original Logto guide's interaction. `POST /interaction` with `{ interaction: 'sendFriendRequest', payload: { to: { id } } }`. */
export const sendFriendRequest = Interaction.create({
  name: 'sendFriendRequest',
  action: Action.create({ name: 'sendFriendRequest' }),
  payload: Payload.create({
    items: [PayloadItem.create({ name: 'to', base: User, isRef: true, required: true })],
  }),
})

export const FriendRequest = Relation.create({
  source: User,
  sourceProperty: 'sentRequests',
  target: User,
  targetProperty: 'receivedRequests',
  relType: 'n:n',
  computedData: MapInteraction.create({
    items: [
      MapInteractionItem.create({
        interaction: sendFriendRequest,
        map: (event: { user: unknown; payload: { to: unknown } }) => ({
          source: event.user,
          target: event.payload.to,
        }),
      }),
    ],
  }),
})
