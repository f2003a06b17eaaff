import { expect } from 'vitest'

/** How exactly an answer is compared. */
export interface ShapeOptions {
  /** Paths such as `data.customData` whose contents are anybody's; only their presence is compared. */
  free?: readonly string[]
  /** Paths that may be missing on either side. */
  optional?: readonly string[]
}

/**
 * Asserts that two values have the same structure: the same keys and the same types, down to the elements of lists.
 * Values are not compared. An empty list stands for a list of anything.
 */
export function expectSameShape(actual: unknown, recorded: unknown, options: ShapeOptions = {}): void {
  expect(shapeOf(actual, options)).toEqual(shapeOf(recorded, options))
}

/** A value with its leaves replaced by the names of their types. */
export function shapeOf(value: unknown, options: ShapeOptions = {}, path = ''): unknown {
  if (options.free?.includes(path)) return 'anything'
  if (value === null) return 'null'
  if (Array.isArray(value)) {
    // Elements are one kind; the first one stands for all, so that lists of different length compare equal.
    return value.length === 0 ? 'list' : [shapeOf(value[0], options, `${path}[]`)]
  }
  if (typeof value !== 'object') return typeof value
  const entries = Object.entries(value)
    .map(([key, field]): [string, unknown, string] => [key, field, path ? `${path}.${key}` : key])
    .filter(([, , fieldPath]) => !options.optional?.includes(fieldPath))
  return Object.fromEntries(
    entries.map(([key, field, fieldPath]) => [key, shapeOf(field, options, fieldPath)]),
  )
}
