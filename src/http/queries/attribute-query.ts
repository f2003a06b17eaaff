import { isObject } from '../../logto/is-object.js'
import { shown } from '../../logto/option-problems.js'
import { assertKeys } from './match.js'
import { isGiven, type Modifier, toModifier } from './modifier.js'
import { malformedQuery, quoted } from './query-errors.js'
import type { QueryScope } from './query-scope.js'

/** Which columns and relations, as Interaqt takes them. */
export type AttributeQuery = (string | [string, { attributeQuery?: AttributeQuery; modifier?: Modifier }])[]

/**
 * Returns an attributeQuery of a caller with nothing in it but what was checked.
 *
 * @param at - where in the query it is, for messages.
 * @throws HttpError `query_not_allowed` (403), `query_malformed` (400).
 */
export function toAttributeQuery(attributeQuery: unknown, scope: QueryScope, at: string): AttributeQuery {
  if (!Array.isArray(attributeQuery))
    throw malformedQuery(`${at} must be an array such as ["text", ["author", {"attributeQuery": ["name"]}]].`)
  const names = new Set<string>()
  return attributeQuery.map((item: unknown, index) => {
    const where = `${at}[${index}]`
    const [name, query] = nameAndQueryOf(item, where)
    // Interaqt would read the relation twice, and show one of the two.
    if (names.has(name)) throw malformedQuery(`${where} names ${quoted(name)} a second time.`)
    names.add(name)
    if (name === '*') {
      if (query !== undefined) throw malformedQuery(`${where} must be "*" alone: it stands for columns.`)
      scope.assertColumns()
      return name
    }
    if (name.includes('.'))
      throw malformedQuery(
        `${where} must be one name. Relations nest: ["author", {"attributeQuery": ["name"]}].`,
      )
    const { attribute, behind } = scope.find(name, where, 'shown')
    if (query === undefined) return name
    if (attribute?.kind === 'column')
      throw malformedQuery(`${where} is a column, so it must be its name alone.`)
    return [name, toRelationQuery(query, behind, `${where}[1]`)]
  })
}

function nameAndQueryOf(item: unknown, at: string): [name: string, query: unknown] {
  if (typeof item === 'string') return [item, undefined]
  if (Array.isArray(item) && item.length === 2 && typeof item[0] === 'string' && isObject(item[1])) {
    return [item[0], item[1]]
  }
  throw malformedQuery(
    `${at} must be a name, or a relation such as ["author", {"attributeQuery": ["name"]}].`,
  )
}

// Interaqt takes a match here too, but only as an object of its class; `label`, `goto` and `exit` read recursively, which
// is not for callers.
function toRelationQuery(query: unknown, scope: QueryScope, at: string) {
  if (!isObject(query)) throw malformedQuery(`${at} must be an object, got ${shown(query)}.`)
  assertKeys(query, ['attributeQuery', 'modifier'], at)
  const { attributeQuery, modifier } = query
  return {
    ...(isGiven(attributeQuery) && {
      attributeQuery: toAttributeQuery(attributeQuery, scope, `${at}.attributeQuery`),
    }),
    ...(isGiven(modifier) && { modifier: toModifier(modifier, scope, `${at}.modifier`) }),
  }
}
