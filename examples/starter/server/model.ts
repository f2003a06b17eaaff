import {
  type ConstraintInstance,
  Count,
  Entity,
  type EntityInstance,
  type EventSourceInstance,
  type InteractionInstance,
  Property,
  type PropertyInstance,
  type RelationInstance,
} from 'interaqt'
import { announcements } from './announcements.js'
import { friendRequests } from './friend-requests.js'

/** What a Controller is made of. */
export interface Model {
  entities: EntityInstance[]
  relations: RelationInstance[]
  // biome-ignore lint/suspicious/noExplicitAny: event sources of different arguments, as Interaqt's Controller takes them.
  eventSources: (InteractionInstance | EventSourceInstance<any, any>)[]
}

/** What `createLogtoSync` adds to a model: properties of the User entity, "one record per Logto user", its events. */
export interface SyncedUsers extends Pick<Model, 'entities' | 'eventSources'> {
  properties: PropertyInstance[]
  constraints: ConstraintInstance[]
}

/**
 * The whole application. Data changes by interactions only; everything else says what it *is*, and Interaqt keeps it
 * true: a friendship is an accepted request, a friend count is the number of friends.
 */
export function createModel(sync: SyncedUsers): Model {
  const User = Entity.create({
    name: 'User',
    properties: [
      ...sync.properties,
      Property.create({ name: 'username', type: 'string' }),
      Property.create({ name: 'name', type: 'string' }),
      Property.create({
        name: 'friendCount',
        type: 'number',
        computation: Count.create({ property: 'friends' }),
      }),
    ],
    constraints: sync.constraints,
  })
  const parts = [friendRequests(User), announcements()]
  return {
    entities: [User, ...sync.entities, ...parts.flatMap((part) => part.entities)],
    relations: parts.flatMap((part) => part.relations),
    eventSources: [...sync.eventSources, ...parts.flatMap((part) => part.eventSources)],
  }
}
