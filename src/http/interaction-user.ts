import type {
  InteractionController,
  InteractionUser,
  InteraqtRow,
  NamedEventSource,
} from '../interaqt/interaqt-model.js'
import { isObject } from '../logto/is-object.js'
import { nearestName } from '../logto/nearest-name.js'
import { type OptionRule, STRING } from '../logto/option-rules.js'
import type { Caller, CallerIdentity } from './caller.js'

/**
 * What Interaqt stores of the caller with each event, beside the identity: names of columns of the User record, or a
 * function that returns the fields.
 */
export type InteractionUserOption =
  | readonly string[]
  | ((record: InteraqtRow, identity: CallerIdentity) => object | Promise<object>)

/** A caller, as an interaction needs it. */
export interface InteractionUsers {
  /** What conditions see: every column of the User record, and the identity over them. */
  seen: InteractionUser
  /** What Interaqt stores with the event, and Transforms see. */
  stored: Record<string, unknown>
}

/** These names say what the sign-in proves. They hide a column of the same name, also when the token lacks them. */
const IDENTITY_NAMES: readonly string[] = [
  'id',
  'logtoId',
  'scopes',
  'organizationId',
  'actor',
  'claims',
] satisfies (keyof InteractionUser)[]

export const INTERACTION_USER: OptionRule = {
  expected: 'an array of columns of the User record, or a function that returns the fields to store',
  accepts: (value) => Array.isArray(value) || typeof value === 'function',
  item: STRING,
}

/**
 * Checks the columns of the option `interactionUser`.
 *
 * @param model - where the columns are looked up, as far as the controller shows its entities.
 * @throws TypeError for a name of the identity, or one that is no column.
 */
export function assertInteractionUser(
  option: InteractionUserOption | undefined,
  model: { controller: InteractionController; userEntity: string | undefined },
): void {
  if (option === undefined || typeof option === 'function') return
  const reserved = option.find((name) => IDENTITY_NAMES.includes(name))
  if (reserved !== undefined) {
    throw new TypeError(
      `createApp: interactionUser names "${reserved}", which always comes from the sign-in: take it out. To store a ` +
        'claim, give a function that returns it under another name',
    )
  }
  const columns = columnsOf(model)
  const unknown = columns && option.find((name) => !columns.includes(name))
  if (unknown === undefined) return
  const nearest = nearestName(unknown, columns ?? [])
  throw new TypeError(
    `createApp: interactionUser names "${unknown}", which is no column of the entity ${model.userEntity}` +
      (nearest === undefined ? `; there are ${columns?.join(', ')}` : `: did you mean ${nearest}?`),
  )
}

function columnsOf({
  controller,
  userEntity,
}: Parameters<typeof assertInteractionUser>[1]): string[] | undefined {
  const entities: unknown = Reflect.get(controller, 'entities')
  const entity = Array.isArray(entities) ? entities.find(({ name }) => name === userEntity) : undefined
  // An entity with a base has the columns of the base too.
  if (!Array.isArray(entity?.properties) || entity.baseEntity) return undefined
  return entity.properties.map(({ name }: { name: unknown }) => String(name))
}

/**
 * Returns the caller as conditions see them, and as Interaqt stores them.
 *
 * @throws TypeError when the function of the option returns no object.
 */
export async function interactionUsersOf(
  { record, identity }: Caller,
  option: InteractionUserOption = [],
): Promise<InteractionUsers> {
  const { claims } = identity
  const shown = { id: record.id, ...identityFieldsOf(identity) }
  const further = withoutIdentity(await furtherFieldsOf(record, identity, option))
  return {
    // A column wins over a field to store of the same name: conditions decide by what the record says.
    seen: { ...further, ...withoutIdentity(record), ...shown, ...(claims === undefined ? {} : { claims }) },
    stored: { ...shown, ...further },
  }
}

/** Returns what the sign-in proves of the caller, by the names that interactions and data APIs have for it. */
export function identityFieldsOf({ userId, scopes, organizationId, claims }: CallerIdentity) {
  // RFC 8693, section 4.1: who acts for the user.
  const actor = claims?.act
  return {
    logtoId: userId,
    scopes: [...(scopes ?? [])],
    ...(organizationId === undefined ? {} : { organizationId }),
    ...(actor === undefined ? {} : { actor }),
  }
}

/**
 * Returns the event source with another user in what it stores. Conditions, locks and policies get the arguments of
 * `dispatch`, so they see all columns, while the event row holds what was chosen for it, and no personal data beside.
 *
 * Measured on interaqt 4.10.0 and 4.0.0: nothing can be hidden in the arguments themselves, because `dispatch` copies
 * `args.user` by spreading, and an own `toJSON` makes Transforms write what a recompute would not.
 */
export function storingUser(
  eventSource: NamedEventSource,
  stored: InteractionUsers['stored'],
): NamedEventSource {
  const mapEventData: unknown = Reflect.get(eventSource, 'mapEventData')
  if (typeof mapEventData !== 'function') return eventSource
  const mapWithStoredUser = async (args: unknown): Promise<unknown> => {
    const row: unknown = await Reflect.apply(mapEventData, eventSource, [args])
    return isObject(row) && 'user' in row ? { ...row, user: { ...stored } } : row
  }
  return Object.create(eventSource, { mapEventData: { value: mapWithStoredUser } })
}

async function furtherFieldsOf(
  record: InteraqtRow,
  identity: CallerIdentity,
  option: InteractionUserOption,
): Promise<object> {
  if (typeof option !== 'function') {
    return Object.fromEntries(
      option.filter((name) => Object.hasOwn(record, name)).map((name) => [name, record[name]]),
    )
  }
  const fields: unknown = await option(record, identity)
  if (isObject(fields)) return fields
  throw new TypeError(`interactionUser must return an object with the fields to store, got ${typeof fields}`)
}

function withoutIdentity(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !IDENTITY_NAMES.includes(name)))
}
