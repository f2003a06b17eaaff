import { nearestName } from '../../logto/nearest-name.js'
import type { InteraqtModelConstraint, InteraqtModelEntity, InteraqtProperty } from '../interaqt-model.js'
import { isMadeBySync, type SyncParts } from './sync-parts.js'

/** What holds the columns of an entity: itself, or of a filtered entity the one that it filters. */
export type ColumnOwner = Omit<InteraqtModelEntity, 'name'>

/** Returns the entity or relation whose columns an entity shows. */
export function columnOwnerOf(entity: ColumnOwner): ColumnOwner {
  return entity.baseEntity ? columnOwnerOf(entity.baseEntity) : entity
}

/** Returns all properties of an entity, also those that it shares with another. */
export function propertiesOf(entity: ColumnOwner): InteraqtProperty[] {
  const { properties, commonProperties = [], baseEntity } = entity
  return [...properties, ...commonProperties, ...(baseEntity ? propertiesOf(baseEntity) : [])]
}

/** Returns all constraints of an entity, also those that it shares with another. */
export function constraintsOf({ constraints = [], baseEntity }: ColumnOwner): InteraqtModelConstraint[] {
  return [...constraints, ...(baseEntity ? constraintsOf(baseEntity) : [])]
}

/** Says that the User entity is missing, which entities there are, and what to change. */
export function missingUserEntity(
  { userEntity }: SyncParts,
  entities: readonly InteraqtModelEntity[],
): string {
  const names = entities
    .filter((entity) => !isMadeBySync(entity) && !entity.name.startsWith('_'))
    .map(({ name }) => name)
  const wanted = `there is no entity ${JSON.stringify(userEntity)}, in which the sync keeps the users`
  const nearest = nearestName(userEntity, names, Number.POSITIVE_INFINITY)
  if (nearest === undefined) return `${wanted}, and no other: add it to \`entities\``
  return `${wanted}; there are ${names.join(', ')}. If ${nearest} is meant: createLogtoSync({ userEntity: '${nearest}' })`
}

/** Says of each property and identity of the User entity that collides with the sync's own what to change. */
export function collisionsOf({ userEntity, properties }: SyncParts, entity: ColumnOwner): string[] {
  const names = new Set(properties.map(({ name }) => name))
  const foreign = propertiesOf(entity).filter(
    (property) => names.has(property.name) && !isMadeBySync(property),
  )
  const collisions = [...new Set(foreign.map(({ name }) => name))].map(
    (name) =>
      `${userEntity} has a property of its own named ${name}, which the sync writes: rename yours, ` +
      `or leave it out if it means the same (sync.extend adds ${name})`,
  )
  const identity = logtoIdentityOf(entity)
  if (identity) {
    collisions.push(
      `${userEntity} has the identity ${identity.name} on logtoId, which refuses records without a Logto user and hides ` +
        'that another process made a record first: take `identity` away, sync.constraints keeps logtoId unique ' +
        '(sync.extend adds it)',
    )
  }
  return collisions
}

/** Returns the identity of Interaqt 4.10 that the entity has on logtoId. */
export function logtoIdentityOf(entity: ColumnOwner): InteraqtModelEntity['identity'] {
  const { identity } = columnOwnerOf(entity)
  return identity?.properties.includes('logtoId') ? identity : undefined
}
