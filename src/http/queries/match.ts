import { isObject } from '../../logto/is-object.js'
import { shown } from '../../logto/option-problems.js'
import { checkComparison, checkOperand, nameOf } from './operand.js'
import { malformedQuery, quoted } from './query-errors.js'
import type { Found, QueryScope } from './query-scope.js'
import { isJson } from './record-model.js'

/** A match of Interaqt in its JSON form, which `JSON.stringify(MatchExp.atom(…).and(…))` gives. */
export type MatchData =
  | { type: 'atom'; data: Condition }
  | { type: 'expression'; operator: string; left: MatchData; right?: MatchData }

interface Condition {
  key: string
  value: [string, unknown]
  isReferenceValue?: true
}

/**
 * Returns a match of a caller with nothing in it but what was checked. Interaqt's own marks stay out: with
 * `isResolvedFieldReference` it would put the caller's text into its SQL as it is.
 *
 * @param root - the interaction's record: references are looked up there, also inside `exist`.
 * @param at - where in the query it is, for messages.
 * @throws HttpError `query_not_allowed` (403), `query_malformed` (400).
 */
export function toMatch(match: unknown, scope: QueryScope, root: QueryScope, at: string): MatchData {
  if (!isObject(match))
    throw malformedQuery(
      `${at} must be a condition such as {"key": "text", "value": ["=", "a"]}, got ${shown(match)}.`,
    )
  switch (match.type) {
    case 'atom':
      assertKeys(match, ['type', 'data'], at)
      return toCondition(match.data, scope, root, `${at}.data`)
    case 'expression':
      return toExpression(match, scope, root, at)
    default:
      return toCondition(match, scope, root, at)
  }
}

function toExpression(
  expression: Record<string, unknown>,
  scope: QueryScope,
  root: QueryScope,
  at: string,
): MatchData {
  assertKeys(expression, ['type', 'operator', 'left', 'right'], at)
  const { operator, left, right } = expression
  if (operator !== 'and' && operator !== 'or' && operator !== 'not')
    throw malformedQuery(`${at}.operator must be "and", "or" or "not", got ${shown(operator)}.`)
  if (operator === 'not' && right !== undefined)
    throw malformedQuery(`${at}.right must be left out with "not".`)
  scope.rules.size.addPart()
  const leftMatch = toMatch(left, scope, root, `${at}.left`)
  if (right === undefined) return { type: 'expression', operator, left: leftMatch }
  const rightMatch = toMatch(right, scope, root, `${at}.right`)
  return { type: 'expression', operator, left: leftMatch, right: rightMatch }
}

function toCondition(condition: unknown, scope: QueryScope, root: QueryScope, at: string): MatchData {
  if (!isObject(condition)) throw malformedQuery(`${at} must be an object, got ${shown(condition)}.`)
  assertKeys(condition, ['key', 'value', 'isReferenceValue'], at)
  const { key, value, isReferenceValue } = condition
  if (typeof key !== 'string') throw malformedQuery(`${at}.key must be a path, got ${shown(key)}.`)
  if (!isPair(value)) throw malformedQuery(`${at}.value must be [operator, value], got ${shown(value)}.`)
  if (isReferenceValue !== undefined && typeof isReferenceValue !== 'boolean')
    throw malformedQuery(`${at}.isReferenceValue must be true or false, got ${shown(isReferenceValue)}.`)
  const found = scope.find(key, `${at}.key`, 'compared')
  const isExist = nameOf(value[0]) === 'exist'
  const checked = isReferenceValue
    ? toComparison(value, found, root, `${at}.value`)
    : isExist
      ? toExist(value[1], found, root, `${at}.value`)
      : toComparedValue(value, found, { scope, root }, `${at}.value`)
  return {
    type: 'atom',
    data: { key, value: checked, ...(isReferenceValue && { isReferenceValue }) },
  }
}

function toComparedValue(
  [operator, operand]: readonly [unknown, unknown],
  { attribute }: Found,
  { scope, root }: { scope: QueryScope; root: QueryScope },
  at: string,
): [string, unknown] {
  if (attribute?.kind === 'relation')
    throw malformedQuery(`${at}[0] must be "exist" for a relation, or the path must go on to a column.`)
  // The drivers of interaqt 4.10 compare JSON by the column's bare name: inside exist that is no column, or another
  // record's.
  if (scope !== root && operand !== null && attribute && isJson(attribute))
    throw malformedQuery(`${at} cannot compare a column that holds JSON inside "exist".`)
  return [checkOperand([operator, operand], attribute, at, scope.rules.size), operand]
}

function toExist(
  operand: unknown,
  { attribute, behind }: Found,
  root: QueryScope,
  at: string,
): [string, unknown] {
  if (attribute?.kind === 'column') throw malformedQuery(`${at}[0] is "exist", which is for relations.`)
  return ['exist', toMatch(operand, behind, root, `${at}[1]`)]
}

function toComparison(
  [operator, operand]: readonly [unknown, unknown],
  { attribute }: Found,
  root: QueryScope,
  at: string,
): [string, unknown] {
  const paths = nameOf(operator) === 'between' && isPair(operand) ? operand : [operand]
  const others = paths.map((path) => {
    if (typeof path !== 'string') throw malformedQuery(`${at}[1] must be a path, got ${shown(path)}.`)
    const { attribute: other, passed } = root.find(path, `${at}[1]`, 'compared')
    if (passed.some((one) => one?.kind === 'relation' && one.isFiltered))
      throw malformedQuery(
        `${at}[1] must not go through a filtered relation: name the relation it is made of.`,
      )
    return other
  })
  const name = checkComparison(operator, attribute, others, at)
  if (name === 'between' && others.length !== 2) throw malformedQuery(`${at}[1] must be two paths.`)
  return [name, operand]
}

/** @throws HttpError `query_malformed` (400) for a key that is not known. */
export function assertKeys(value: Record<string, unknown>, known: readonly string[], at: string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw malformedQuery(`${at} has the key ${quoted(unknown)}; it may have ${known.join(', ')}.`)
}

function isPair(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}
