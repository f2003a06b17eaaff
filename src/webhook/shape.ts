import { en } from 'zod/locales'
import * as z from 'zod/mini'
import { isObject } from '../logto/is-object.js'

/** A schema of values of type `T`. */
export type Shape<T> = z.ZodMiniType<T>

/**
 * One schema for each known field of `T`: the compiler refuses a field that only the type or only the schema has. A
 * field of type `never` has none.
 */
export type Fields<T> = {
  [Name in keyof T as string extends Name ? never : [T[Name]] extends [undefined] ? never : Name]-?: Shape<
    T[Name]
  >
}

/** A field that is not as Logto 1.42 sends it. The message holds no value. */
export interface DriftedField {
  path: string
  message: string
}

/** Returns the schema of an object with at least these fields: a later Logto may add some. */
export function shapeOf<T>(fields: Fields<T>): Shape<T>
export function shapeOf(fields: Record<string, z.ZodMiniType>): Shape<Record<string, unknown>> {
  return z.looseObject(fields)
}

/** Returns the schema of a free-form object. It is never walked, so its depth and size cost nothing here. */
export function freeForm<T extends Record<string, unknown> = Record<string, unknown>>(): Shape<T> {
  return z.custom<T>(isObject, 'Invalid input: expected object')
}

// zod/mini has no messages of its own, and its global configuration belongs to the application.
const { localeError } = en()

/** Returns the fields of `value` that do not fit the schema. */
export function driftedFields(shape: Shape<unknown>, value: unknown): DriftedField[] {
  const { error } = z.safeParse(shape, value, { error: localeError })
  return (error?.issues ?? []).map(({ path, message }) => ({ path: path.join('.'), message }))
}
