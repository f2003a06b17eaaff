import {
  Count,
  Entity,
  type EntityInstance,
  type EventSourceInstance,
  type InteractionInstance,
  Property,
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

/**
 * The whole application. Data changes by interactions only; everything else says what it *is*, and Interaqt keeps it
 * true: a friendship is an accepted request, a friend count is the number of friends. What keeps users in step with Logto
 * is added by `sync.extend` in `application.ts`.
 */
export function createModel(): Model {
  const User = Entity.create({
    name: 'User',
    properties: [
      Property.create({ name: 'username', type: 'string' }),
      Property.create({ name: 'name', type: 'string' }),
      Property.create({
        name: 'friendCount',
        type: 'number',
        computation: Count.create({ property: 'friends' }),
      }),
    ],
  })
  const parts = [friendRequests(User), announcements()]
  return {
    entities: [User, ...parts.flatMap((part) => part.entities)],
    relations: parts.flatMap((part) => part.relations),
    eventSources: parts.flatMap((part) => part.eventSources),
  }
}
