import { nearestName } from '../../logto/nearest-name.js'
import { SyncError } from '../errors.js'
import type { InteraqtController, InteraqtModelEntity, InteraqtModelRelation } from '../interaqt-model.js'
import type { MapUserSample } from '../records/user-mapper.js'
import { isMadeBySync, namesOf, type SyncParts } from './sync-parts.js'
import {
  collisionsOf,
  constraintsOf,
  logtoIdentityOf,
  missingUserEntity,
  propertiesOf,
} from './user-entity.js'

/** A part of a model, or of the sync. */
interface Named {
  name?: string | undefined
}

const WAY_OUT =
  'new Controller(sync.extend({ system, entities, relations, eventSources })) puts in all that the sync needs'

/**
 * Checks that a Controller's model has all parts of the sync, and nothing that collides with them.
 *
 * @param sample - what is known of `mapUser`.
 * @throws SyncError `model_incomplete`, which names every piece and the line to change.
 */
export function checkModel(
  parts: SyncParts,
  { entities, relations, eventSources }: InteraqtController,
  { names, problem }: MapUserSample,
): void {
  const problems = [
    ...(entities ? problemsOfUser(parts, entities, relations ?? [], names) : []),
    ...(entities ? problemsOfParts('entities', entities, parts.entities) : []),
    ...(eventSources ? problemsOfParts('eventSources', eventSources, parts.eventSources) : []),
    ...(problem === undefined ? [] : [problem]),
  ]
  if (problems.length === 0) return
  throw new SyncError(
    'model_incomplete',
    `sync.attach: the model of this Controller does not fit the sync:\n${problems.map((problem) => `- ${problem}`).join('\n')}\n${WAY_OUT}.`,
  )
}

function problemsOfUser(
  parts: SyncParts,
  entities: readonly InteraqtModelEntity[],
  relations: readonly InteraqtModelRelation[],
  columns: readonly string[],
): string[] {
  const user = entities.find(({ name }) => name === parts.userEntity)
  if (!user) return [missingUserEntity(parts, entities)]
  const properties = propertiesOf(user).map(({ name }) => name)
  return [
    ...missingOf('properties', user.name, namesOf(parts.properties), properties),
    ...missingConstraints(parts, user),
    ...collisionsOf(parts, user),
    ...unknownColumns(user.name, columns, [...properties, ...relatedNames(user.name, relations)]),
  ]
}

function missingOf(kind: string, entity: string, wanted: string[], present: string[]): string[] {
  const missing = wanted.filter((name) => !present.includes(name))
  if (missing.length === 0) return []
  return [`${entity} lacks ${missing.join(', ')}: add ...sync.${kind} to \`${kind}\` of ${entity}`]
}

function missingConstraints({ constraints }: SyncParts, user: InteraqtModelEntity): string[] {
  // Interaqt refuses a constraint beside an identity, which is named as a collision.
  if (logtoIdentityOf(user)) return []
  const present = constraintsOf(user)
  const missing = constraints.filter(
    ({ name, properties }) =>
      !present.some(
        (other) =>
          (isMadeBySync(other) && other.name === name) ||
          // One of the application's own does as well.
          (other.where === undefined && other.properties?.join() === properties.join()),
      ),
  )
  return missing.map(
    ({ name }) =>
      `${user.name} lacks the constraint ${name}, without which two processes make two records of one user: ` +
      `add ...sync.constraints to \`constraints\` of ${user.name}`,
  )
}

/** Names under which `mapUser` may write related records. */
function relatedNames(entity: string, relations: readonly InteraqtModelRelation[]): string[] {
  return relations.flatMap(({ source, sourceProperty, target, targetProperty }) => [
    ...(source.name === entity ? [sourceProperty] : []),
    ...(target.name === entity ? [targetProperty] : []),
  ])
}

function unknownColumns(entity: string, columns: readonly string[], present: string[]): string[] {
  return columns
    .filter((column) => !present.includes(column))
    .map((column) => {
      const nearest = nearestName(column, present)
      const meant = nearest === undefined ? '' : ` (it has ${nearest})`
      return (
        `mapUser returns ${column}, for which ${entity} has no property${meant}: ` +
        `add Property.create({ name: '${column}', type: 'string' }) to it, with the right type, or take it out of mapUser`
      )
    })
}

function problemsOfParts(
  kind: 'entities' | 'eventSources',
  present: readonly Named[],
  parts: readonly Named[],
): string[] {
  const names = parts.flatMap(({ name = '' }) => {
    const found = present.find((part) => part.name === name)
    if (!found) return [`the Controller lacks ${name}: add ...sync.${kind} to its \`${kind}\``]
    return isMadeBySync(found) ? [] : [`${name} in \`${kind}\` is not the sync's: rename yours`]
  })
  return [...new Set(names)]
}
