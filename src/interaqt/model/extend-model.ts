import { isObject } from '../../logto/is-object.js'
import { nearestName } from '../../logto/nearest-name.js'
import { SyncError } from '../errors.js'
import type { InteraqtEntity, InteraqtEventSource, InteraqtModelEntity } from '../interaqt-model.js'
import { isMadeBySync, type SyncParts } from './sync-parts.js'
import { collisionsOf, columnOwnerOf, constraintsOf, missingUserEntity, propertiesOf } from './user-entity.js'

/** The arguments of `new Controller` that `extend` adds to; all others, `system` for one, pass through as they are. */
export interface ModelArguments {
  /** All entities of the application, the User entity among them. */
  entities: readonly InteraqtModelEntity[]
  eventSources?: readonly { name?: string | undefined }[] | undefined
}

/** The same arguments with the parts of the sync. */
export type ExtendedModel<Model extends ModelArguments> = Omit<Model, 'entities' | 'eventSources'> & {
  entities: (Model['entities'][number] | InteraqtEntity)[]
  eventSources: (EventSourceOf<Model> | InteraqtEventSource)[]
}

type EventSourceOf<Model extends ModelArguments> = Model extends { eventSources: readonly (infer Source)[] }
  ? Source
  : never

/**
 * Puts all parts of the sync into a model. Whatever is in it already stays, so that a second call changes nothing.
 *
 * Properties and constraints are added to the User entity itself: relations and computations refer to that object.
 *
 * @throws SyncError `model_incomplete` without the User entity, or when it has properties of its own of the same names.
 */
export function extendModel<Model extends ModelArguments>(
  parts: SyncParts,
  model: Model,
): ExtendedModel<Model>
// The compiler cannot follow the type above through a spread of an unknown model; the types test compares it.
export function extendModel(parts: SyncParts, model: ModelArguments): object {
  assertArguments(model)
  const user = model.entities.find(({ name }) => name === parts.userEntity)
  if (!user) throw incomplete(missingUserEntity(parts, model.entities))
  const collisions = collisionsOf(parts, user)
  if (collisions.length > 0) throw incomplete(collisions.join('; '))

  const owner = columnOwnerOf(user)
  owner.properties = withParts(owner.properties, parts.properties, propertiesOf(user))
  owner.constraints = withParts(owner.constraints ?? [], parts.constraints, constraintsOf(user))
  return withSystem({
    ...model,
    entities: withParts(model.entities, parts.entities),
    eventSources: withParts(model.eventSources ?? [], parts.eventSources),
  })
}

/**
 * Makes `new Controller` say which argument is missing, where there is no `system`. `extend` cannot demand it: a caller
 * may give it beside what `extend` returns. A spread does not copy a property that is not enumerable.
 */
function withSystem(extended: object): object {
  const system = 'system' in extended ? extended.system : undefined
  if (isObject(system) && 'storage' in system) return extended
  // The database itself, or the class.
  if (system !== undefined)
    throw incomplete('`system` must be a system of Interaqt: system: new MonoSystem(database)')
  return Object.defineProperty(extended, 'system', {
    enumerable: false,
    configurable: true,
    get() {
      throw incomplete(
        '`system` is missing: new Controller(sync.extend({ system: new MonoSystem(database), entities, … }))',
      )
    },
    set(value) {
      Object.defineProperty(extended, 'system', { value, enumerable: true, writable: true })
    },
  })
}

/**
 * Returns `present` with the parts of this sync, in place of those of an earlier one.
 *
 * @param all - where a part may be already.
 */
function withParts<Part extends { name?: string | undefined }>(
  present: readonly Part[],
  parts: readonly (Part & { name: string })[],
  all: readonly object[] = present,
): Part[] {
  const names = new Set<string | undefined>(parts.map(({ name }) => name))
  const kept = present.filter(
    (part) => parts.some((own) => own === part) || !names.has(part.name) || !isMadeBySync(part),
  )
  return [...kept, ...parts.filter((part) => !all.includes(part))]
}

/** What `new Controller` of Interaqt 4.10 takes. */
const CONTROLLER_ARGUMENTS = [
  'system',
  'entities',
  'relations',
  'eventSources',
  'dict',
  'recordMutationSideEffects',
  'computations',
  'ignoreGuard',
  'forceThrowDispatchError',
  'entityRetention',
]

function assertArguments(model: ModelArguments): void {
  if (!isObject(model) || !Array.isArray(model.entities)) {
    throw incomplete(
      '`entities` is missing: sync.extend({ system, entities: [User, …], relations, eventSources })',
    )
  }
  // Interaqt takes no notice of an argument that it does not know, and the model would lack what is in it.
  for (const name of Object.keys(model)) {
    if (CONTROLLER_ARGUMENTS.includes(name)) continue
    // A name that is near none of them may be an argument of a later Interaqt.
    const nearest = nearestName(name, CONTROLLER_ARGUMENTS)
    if (nearest) throw incomplete(`\`${name}\` is an argument that no Controller takes: write \`${nearest}\``)
  }
}

function incomplete(message: string): SyncError {
  return new SyncError('model_incomplete', `sync.extend: ${message}`)
}
