import type {
  InteraqtConstraint,
  InteraqtEntity,
  InteraqtEventSource,
  InteraqtProperty,
} from '../interaqt-model.js'

/** All that the sync adds to an application's model. */
export interface SyncParts {
  /** Name of the application's User entity. */
  userEntity: string
  /** For the User entity. */
  properties: InteraqtProperty[]
  /** For the User entity. */
  constraints: InteraqtConstraint[]
  entities: InteraqtEntity[]
  eventSources: InteraqtEventSource[]
}

/** The parts that were made by any sync of this process. */
const made = new WeakSet<object>()

/** Remembers these parts as the sync's own. */
export function registerParts(parts: SyncParts): SyncParts {
  const { properties, constraints, entities, eventSources } = parts
  for (const part of [...properties, ...constraints, ...entities, ...eventSources]) made.add(part)
  return parts
}

/**
 * Returns whether a part of a model was made by a sync: by this one, or by another. Tests and hot reloads make a sync
 * anew for one User entity, and the parts of each do the same.
 */
export function isMadeBySync(part: object): boolean {
  return made.has(part)
}

export function namesOf(parts: readonly { name: string }[]): string[] {
  return parts.map(({ name }) => name)
}
