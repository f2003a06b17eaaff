import { isObject } from '../logto/is-object.js'

/**
 * Returns an object's own field: what came in the JSON, never something of Object.prototype. Events are read through it
 * because their fields are advisory.
 */
export function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
