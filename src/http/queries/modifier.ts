import { isObject } from '../../logto/is-object.js'
import { shown } from '../../logto/option-problems.js'
import { assertKeys } from './match.js'
import { malformedQuery, quoted } from './query-errors.js'
import type { QueryScope } from './query-scope.js'
import { isJson } from './record-model.js'

/** How many records, and in which order. */
export interface Modifier {
  limit?: number
  offset?: number
  orderBy?: Record<string, 'ASC' | 'DESC'>
}

/**
 * Returns a modifier of a caller with nothing in it but what was checked.
 *
 * @param at - where in the query it is, for messages.
 * @throws HttpError `query_not_allowed` (403), `query_malformed` (400).
 */
export function toModifier(modifier: unknown, scope: QueryScope, at: string): Modifier {
  if (!isObject(modifier))
    throw malformedQuery(`${at} must be an object with limit, offset and orderBy, got ${shown(modifier)}.`)
  assertKeys(modifier, ['limit', 'offset', 'orderBy'], at)
  const { limit, offset, orderBy } = modifier
  return {
    ...(isGiven(limit) && { limit: toCount(limit, `${at}.limit`) }),
    ...(isGiven(offset) && { offset: toCount(offset, `${at}.offset`) }),
    ...(isGiven(orderBy) && { orderBy: toOrder(orderBy, scope, `${at}.orderBy`) }),
  }
}

/** Whether a part of a query is there: null stands for "not given", as with the other parts of a body. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

// Interaqt writes both into its SQL, where 1e21 would be no integer.
function toCount(count: unknown, at: string): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count
  throw malformedQuery(`${at} must be an integer from 0, got ${shown(count)}.`)
}

function toOrder(orderBy: unknown, scope: QueryScope, at: string): Record<string, 'ASC' | 'DESC'> {
  if (!isObject(orderBy))
    throw malformedQuery(`${at} must be an object such as {"text": "ASC"}, got ${shown(orderBy)}.`)
  const entries = Object.entries(orderBy).map(([path, direction]): [string, 'ASC' | 'DESC'] => {
    const where = `${at}[${quoted(path)}]`
    const { attribute, passed } = scope.find(path, where, 'compared')
    if (attribute?.kind === 'relation') throw malformedQuery(`${where} must name a column, not a relation.`)
    if (attribute && isJson(attribute)) throw malformedQuery(`${where} has no order: its column holds JSON.`)
    if (passed.some((one) => one?.kind === 'relation' && (one.isToMany || one.isFiltered)))
      throw malformedQuery(`${where} must go through relations to one record, and through no filtered one.`)
    return [path, toDirection(direction, where)]
  })
  return Object.fromEntries(entries)
}

function toDirection(direction: unknown, at: string): 'ASC' | 'DESC' {
  const word = typeof direction === 'string' ? direction.toUpperCase() : undefined
  if (word === 'ASC' || word === 'DESC') return word
  throw malformedQuery(`${at} must be "ASC" or "DESC", got ${shown(direction)}.`)
}
