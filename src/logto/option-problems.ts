import { withoutPassword } from './endpoint.js'
import { isObject } from './is-object.js'
import type { OptionRule, Rules } from './option-rules.js'

/** Returns what the message about an unknown name says further. */
export type HintForUnknown = (name: string, known: readonly string[]) => string

/** A value that is as long as a key or a token, and made of the same characters, is not shown. */
const COULD_BE_SECRET = /^[\w+/=.-]{20,}$/
const MAX_SHOWN_LENGTH = 60

/**
 * Returns all that is wrong with options. Each message has the option's name, what was expected and what came. No
 * message shows a secret.
 *
 * @param prefix - of the names, such as `webhook.`.
 */
export function problemsOf(
  options: Readonly<Record<string, unknown>>,
  rules: Rules,
  prefix: string,
  hint: HintForUnknown,
): string[] {
  const known = Object.keys(rules)
  const unknown = Object.keys(options).filter((name) => !known.includes(name))
  return [
    ...unknown.map((name) => `${prefix}${name} is no option${hint(name, known)}`),
    ...Object.entries(rules).flatMap(([name, rule]) => {
      const mustBeThere = rule.isRequired || (rule.refusesUndefined && name in options)
      return options[name] === undefined && !mustBeThere
        ? []
        : problemsWith(options[name], rule, prefix + name, hint)
    }),
  ]
}

/** Returns the part of a message that says which value came. */
export function shown(value: unknown, isSecret = false): string {
  if (typeof value === 'string' && !isSecret && !COULD_BE_SECRET.test(value))
    return value.length > MAX_SHOWN_LENGTH
      ? `a string of ${value.length} characters`
      : JSON.stringify(withoutPassword(value))
  if (Array.isArray(value)) return value.length > 0 ? 'an array' : 'an empty array'
  if (value === null || /^[nbu]/.test(typeof value)) return String(value)
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}

function problemsWith(value: unknown, rule: OptionRule, path: string, hint: HintForUnknown): string[] {
  const { expected, variable, remedy, fields, item, each, isSecret } = rule
  if (variable && (value === undefined || value === '')) return [`${path} is empty: set ${variable}`]
  if (value === undefined) return [`${path} is missing: ${remedy ?? `it must be ${expected}`}`]
  if (!rule.accepts(value)) return [`${path} must be ${expected}, got ${shown(value, isSecret)}`]
  if (fields && isObject(value)) return problemsOf(value, fields, `${path}.`, hint)
  if (each && isObject(value))
    return Object.entries(value).flatMap(([name, one]) =>
      one === undefined ? [] : problemsWith(one, each, `${path}.${name}`, hint),
    )
  if (item && Array.isArray(value))
    return value.flatMap((one, index) => problemsWith(one, item, `${path}[${index}]`, hint))
  return []
}
