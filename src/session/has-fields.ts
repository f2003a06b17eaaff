import { isObject } from '../logto/is-object.js'

/** Types that a field may have, by name. A question mark: the field may be absent. */
interface FieldTypes {
  string: string
  'string?': string | undefined
  number: number
  object: object
}

export type FieldType = keyof FieldTypes

/** Whether a value that was read from a cookie or a store is an object whose fields have these types. */
export function hasFields<Fields extends Record<string, FieldType>>(
  value: unknown,
  fields: Fields,
): value is { [Name in keyof Fields]: FieldTypes[Fields[Name]] } {
  return isObject(value) && Object.entries(fields).every(([name, type]) => isOfType(value[name], type))
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'object') return isObject(value)
  return type === 'string?' ? value === undefined || typeof value === 'string' : typeof value === type
}
