import { shown } from '../../logto/option-problems.js'
import { malformedQuery, quoted } from './query-errors.js'
import type { QuerySize } from './query-scope.js'
import type { Attribute, Column } from './record-model.js'

type OperandKind = 'value' | 'value or null' | 'null' | 'list' | 'pair' | 'element'

interface Operator {
  operand: OperandKind
  /** Types of columns that a database compares so; without it all. */
  types?: readonly string[]
}

const ORDERED = ['string', 'number', 'boolean', 'timestamp', 'id']

/** Operators of interaqt 4.10 on columns (`MatchExp.getFinalFieldValue`). `exist` is for relations. */
const OPERATORS = new Map<string, Operator>([
  ['=', { operand: 'value or null' }],
  ['!=', { operand: 'value or null' }],
  ['<', { operand: 'value', types: ORDERED }],
  ['<=', { operand: 'value', types: ORDERED }],
  ['>', { operand: 'value', types: ORDERED }],
  ['>=', { operand: 'value', types: ORDERED }],
  ['like', { operand: 'value', types: ['string'] }],
  ['in', { operand: 'list' }],
  ['not in', { operand: 'list' }],
  ['between', { operand: 'pair', types: ORDERED }],
  ['is null', { operand: 'null' }],
  ['is not null', { operand: 'null' }],
  ['not', { operand: 'null' }],
  ['contains', { operand: 'element' }],
])

/** Types of a column that Interaqt has itself; an application may define more, with operators of their own. */
const BUILT_IN = new Map<string, { expected: string; accepts: (value: unknown) => boolean }>([
  ['string', { expected: 'a string', accepts: isText }],
  ['number', { expected: 'a number', accepts: isNumeric }],
  ['boolean', { expected: 'true or false', accepts: (value) => typeof value === 'boolean' }],
  ['timestamp', { expected: 'milliseconds or an ISO date', accepts: isDate }],
  ['id', { expected: 'an id', accepts: isText }],
  ['object', { expected: 'a JSON value', accepts: () => true }],
  ['json', { expected: 'a JSON value', accepts: () => true }],
])
const SCALAR = { expected: 'a string, a number, true or false', accepts: isScalar }

/**
 * Checks the operator and the operand of a condition on a column, so that the database has no reason to refuse them.
 *
 * @param column - undefined where the Controller does not show its records.
 * @returns the operator as Interaqt names it, in lower case.
 * @throws HttpError `query_malformed` (400).
 */
export function checkOperand(
  [operator, operand]: readonly [unknown, unknown],
  column: Column | undefined,
  at: string,
  size: QuerySize,
): string {
  if (column && !BUILT_IN.has(column.type) && typeof operator === 'string') {
    if (Array.isArray(operand)) size.addValues(operand.length)
    return operator
  }
  const name = nameOf(operator)
  const known = OPERATORS.get(name)
  if (!known)
    throw malformedQuery(
      `${at}[0] must be one of ${[...OPERATORS.keys()].join(', ')}, got ${shown(operator)}.`,
    )
  if (column && !fits(name, known, column))
    throw malformedQuery(`${at}[0] is ${quoted(name)}, which a column of type ${typeOf(column)} cannot take.`)
  checkKind(known.operand, operand, kindOf(column, name), `${at}[1]`, size)
  return name
}

/**
 * Checks a condition that compares two columns (`isReferenceValue`).
 *
 * @returns the operator as Interaqt names it, in lower case.
 * @throws HttpError `query_malformed` (400).
 */
export function checkComparison(
  operator: unknown,
  column: Attribute | undefined,
  others: readonly (Attribute | undefined)[],
  at: string,
): string {
  const name = nameOf(operator)
  const known = OPERATORS.get(name)
  const isComparing = known && (name === 'between' || known.operand.startsWith('value'))
  if (!isComparing)
    throw malformedQuery(`${at}[0] must compare, such as "=", where isReferenceValue is true.`)
  for (const other of [column, ...others]) {
    if (other === undefined || column === undefined) continue
    const isAlike = other.kind === 'column' && column.kind === 'column' && other.type === column.type
    const isOrdered = isAlike && !other.isCollection && (known.types ?? ORDERED).includes(other.type)
    if (!isOrdered) throw malformedQuery(`${at} must name columns of one type that can be compared.`)
  }
  return name
}

/** Returns the name of an operator: letters in lower case, as Interaqt reads them. */
export function nameOf(operator: unknown): string {
  // Not toLowerCase: it makes a "k" of the Kelvin sign, and Interaqt writes the original into its SQL.
  return typeof operator === 'string' && /^[\x20-\x7e]+$/.test(operator) ? operator.toLowerCase() : ''
}

function fits(name: string, { types }: Operator, column: Column): boolean {
  if (name === 'contains') return column.isCollection
  return types === undefined || types.includes(typeOf(column))
}

function typeOf({ type, isCollection }: Column): string {
  return isCollection ? 'json' : type
}

function kindOf(column: Column | undefined, operator: string) {
  if (operator === 'contains') return { expected: 'a string or a number', accepts: isText }
  if (operator === 'like')
    return { expected: 'a string', accepts: (value: unknown) => typeof value === 'string' }
  return (column && BUILT_IN.get(typeOf(column))) ?? SCALAR
}

function checkKind(
  kind: OperandKind,
  operand: unknown,
  value: typeof SCALAR,
  at: string,
  size: QuerySize,
): void {
  if (kind === 'list' && Array.isArray(operand)) size.addValues(operand.length)
  const { expected, accepts } = operandOf(kind, value)
  if (!accepts(operand)) throw malformedQuery(`${at} must be ${expected}, got ${shown(operand)}.`)
}

function operandOf(kind: OperandKind, value: typeof SCALAR): typeof SCALAR {
  const isOne = (one: unknown) => one !== null && value.accepts(one)
  const isOneOrNull = (one: unknown) => one === null || value.accepts(one)
  switch (kind) {
    case 'null':
      return { expected: 'null', accepts: (operand) => operand === null }
    case 'list':
      return {
        expected: `an array in which each value is ${value.expected}, or null`,
        accepts: (operand) => Array.isArray(operand) && operand.every(isOneOrNull),
      }
    case 'pair':
      return {
        expected: `[min, max], each ${value.expected}`,
        accepts: (operand) => Array.isArray(operand) && operand.length === 2 && operand.every(isOne),
      }
    case 'value or null':
      return { expected: `${value.expected}, or null`, accepts: isOneOrNull }
    default:
      return { expected: value.expected, accepts: isOne }
  }
}

function isScalar(value: unknown): boolean {
  return isText(value) || typeof value === 'boolean'
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || Number.isFinite(value)
}

function isNumeric(value: unknown): boolean {
  const isNumber = typeof value === 'string' ? value.trim() !== '' : typeof value === 'number'
  return isNumber && Number.isFinite(Number(value))
}

function isDate(value: unknown): boolean {
  const isRight = typeof value === 'string' || typeof value === 'number'
  return isRight && !Number.isNaN(new Date(value).getTime())
}
