import { isObject } from '../../logto/is-object.js'

/** What a caller's query may name of one record, and of the records that it leads to. `id` always goes with it. */
export interface AllowedPaths {
  /** Whether every own column may be named: `*`. */
  hasColumns: boolean
  /** Columns, and relations with what may be named behind them. `&` is the link record of a relation. */
  readonly names: Map<string, AllowedPaths>
  /**
   * Whether the policy shows only some of the related records, by a match or a limit. A condition that goes through such a
   * relation would answer for the others as well.
   */
  isPartial: boolean
}

/** Returns the paths of an attributeQuery of Interaqt: those that its result shows. */
export function pathsOfAttributeQuery(attributeQuery: readonly unknown[]): AllowedPaths {
  const paths = emptyPaths()
  for (const item of attributeQuery) {
    if (typeof item === 'string') add(paths, [item])
    else if (Array.isArray(item) && typeof item[0] === 'string') addRelation(paths, item[0], item[1])
  }
  return paths
}

/** Returns the paths of a list such as `['id', 'text', 'author.name', 'author.*']`. */
export function pathsOfList(list: readonly string[]): AllowedPaths {
  const paths = emptyPaths()
  for (const path of list) add(paths, path.split('.'))
  return paths
}

function emptyPaths(): AllowedPaths {
  return { hasColumns: false, names: new Map(), isPartial: false }
}

function add(paths: AllowedPaths, [name = '', ...rest]: string[]): void {
  if (name === '*') {
    paths.hasColumns = true
    return
  }
  const below = paths.names.get(name) ?? emptyPaths()
  paths.names.set(name, below)
  if (rest.length > 0) add(below, rest)
}

function addRelation(paths: AllowedPaths, name: string, query: unknown): void {
  const { attributeQuery, matchExpression, modifier } = isObject(query) ? query : {}
  const below = pathsOfAttributeQuery(Array.isArray(attributeQuery) ? attributeQuery : [])
  below.isPartial =
    Boolean(matchExpression) || (isObject(modifier) && ('limit' in modifier || 'offset' in modifier))
  const known = paths.names.get(name)
  paths.names.set(name, known ? merged(known, below) : below)
}

// The same relation named twice.
function merged(one: AllowedPaths, other: AllowedPaths): AllowedPaths {
  const names = new Map(one.names)
  for (const [name, below] of other.names) {
    const known = names.get(name)
    names.set(name, known ? merged(known, below) : below)
  }
  return {
    hasColumns: one.hasColumns || other.hasColumns,
    names,
    isPartial: one.isPartial || other.isPartial,
  }
}
