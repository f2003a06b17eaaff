import { ENDPOINT_FORM, isEndpoint } from './endpoint.js'
import { isObject } from './is-object.js'

/** What one option must be. */
export interface OptionRule {
  /** As the message says it: `a function`. */
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
  /** Whether it has to be given. */
  readonly isRequired?: boolean
  /**
   * Whether `undefined` is a mistake where the option could be left out: it is the value of an environment variable that is
   * not set, and what it would have demanded would be demanded no more.
   */
  readonly refusesUndefined?: boolean
  /** The environment variable that its value comes from as a rule. */
  readonly variable?: string
  /** What to do where a required option is missing. */
  readonly remedy?: string | undefined
  /** Whether no message may show its value. */
  readonly isSecret?: boolean
  /** The options inside, where the value is an object. */
  readonly fields?: Rules
  /** What each item must be, where the value is an array. */
  readonly item?: OptionRule
  /** What each value must be, where the value is an object whose names are the user's own. */
  readonly each?: OptionRule
}

/** Rules by the name of their option. */
export type Rules = Readonly<Record<string, OptionRule>>

/**
 * A rule for each option of a type, no more and no less. Use it with `satisfies`: the compiler then finds the option that
 * the rules forgot.
 */
export type OptionRules<Options> = Readonly<Record<NameOf<Options>, OptionRule>>

// Distributes over a union, of which `keyof` would return the common names only.
type NameOf<Options> = Options extends unknown ? keyof Options & string : never

export const ANYTHING: OptionRule = { expected: 'anything', accepts: () => true }
export const BOOLEAN: OptionRule = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}
export const FUNCTION: OptionRule = { expected: 'a function', accepts: isFunction }
export const STRING: OptionRule = {
  expected: 'a string that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
}
export const TEXT: OptionRule = { expected: 'a string', accepts: (value) => typeof value === 'string' }
export const NUMBER: OptionRule = { expected: 'a number', accepts: (value) => Number.isFinite(value) }
/** In fewer words, for the browser, where each byte counts. */
export const ENDPOINT: OptionRule = { expected: 'an absolute http(s) URL', accepts: isEndpoint }
export const SERVER_ENDPOINT: OptionRule = { expected: ENDPOINT_FORM, accepts: isEndpoint }
export const POSITIVE: OptionRule = {
  expected: 'a number above 0',
  accepts: (value) => Number.isFinite(value) && Number(value) > 0,
}
export const NOT_NEGATIVE: OptionRule = {
  expected: 'a number from 0',
  accepts: (value) => Number.isFinite(value) && Number(value) >= 0,
}
/** Milliseconds of a timer, which would go off at once beyond its maximum. */
export const TIMEOUT_MS: OptionRule = {
  expected: 'an integer from 1 to 2147483647',
  accepts: (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 31,
}
export const ABSOLUTE_URL: OptionRule = {
  expected: 'an absolute URL',
  accepts: (value) => isPage(value) && URL.canParse(value),
}
export const PAGE: OptionRule = { expected: 'a path or URL', accepts: isPage }
export const SIGNAL: OptionRule = {
  expected: 'an AbortSignal',
  // Not `instanceof`: it may be another realm's.
  accepts: (value) => typeof Object(value).aborted === 'boolean',
}
export const OBJECT: OptionRule = { expected: 'an object', accepts: isObject }
export const STRINGS: OptionRule = {
  expected: 'an array of strings',
  accepts: (value) => Array.isArray(value) && value.every(STRING.accepts),
}

/** An object whose own options have rules. */
export function objectWith(fields: Rules): OptionRule {
  return { ...OBJECT, fields }
}

/** An object whose names are the user's own, and whose values keep the rule. */
export function recordOf(each: OptionRule): OptionRule {
  return { ...OBJECT, each }
}

/** An object with these methods: one that another function of this package has made. */
export function objectThatCan(expected: string, ...methods: readonly string[]): OptionRule {
  const accepts = (value: unknown) => {
    const object: unknown = typeof value === 'function' ? value : isObject(value) ? value : undefined
    return object !== undefined && methods.every((name) => isFunction(Reflect.get(Object(object), name)))
  }
  return { expected, accepts }
}

/** An array, each of whose items keeps the rule. */
export function listOf(item: OptionRule): OptionRule {
  return { expected: 'an array', accepts: Array.isArray, item }
}

/** An array that is not empty, each of whose items keeps the rule. */
export function someOf(item: OptionRule): OptionRule {
  return {
    expected: `an array that is not empty, each item ${item.expected}`,
    accepts: (value) => Array.isArray(value) && value.length > 0,
    item,
  }
}

/** One value, or an array of them that is not empty. */
export function oneOrMore(rule: OptionRule): OptionRule {
  return {
    ...rule,
    expected: `${rule.expected}, or an array of such`,
    accepts: (value) => (Array.isArray(value) ? value.length > 0 : rule.accepts(value)),
    item: rule,
  }
}

/** An integer within bounds. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): OptionRule {
  return {
    expected: max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  }
}

/** One of several words. */
export function oneOf(...words: readonly string[]): OptionRule {
  return {
    expected: `one of ${words.join(', ')}`,
    accepts: (value) => words.some((word) => word === value),
  }
}

/**
 * Returns the rule of an option that has to be given.
 *
 * @param remedy - what to do where it is missing.
 */
export function required(rule: OptionRule, remedy?: string): OptionRule {
  return { ...rule, isRequired: true, remedy }
}

/** Returns the rule of an option whose value comes from an environment variable as a rule. */
export function from(variable: string, rule: OptionRule): OptionRule {
  return { ...rule, variable }
}

/** Returns the rule of an option whose value no message may show. */
export function secret(rule: OptionRule): OptionRule {
  return { ...rule, isSecret: true, ...(rule.item && { item: secret(rule.item) }) }
}

/** Returns the rule of an option that may be left out, but not be given as `undefined`. */
export function defined(rule: OptionRule): OptionRule {
  return { ...rule, refusesUndefined: true }
}

/** Whether a value can be an address: one that is not complete too. */
export function isPage(value: unknown): value is string | URL {
  return typeof value === 'string' || value instanceof URL
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
