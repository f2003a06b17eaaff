import type { AllowedPaths } from './allowed-paths.js'
import { malformedQuery, queryNotAllowed, quoted } from './query-errors.js'
import type { Attribute, RecordModel } from './record-model.js'

/** What the names of one query are checked against. */
export interface QueryRules {
  /** Name of the interaction, for messages. */
  interaction: string
  /** What may be named: everything, these paths, or (undefined) nothing. */
  allowed: 'open' | AllowedPaths | undefined
  /** Whether `allowed` is the list of the option `queries`, and not the policy. */
  isListed: boolean
  model: RecordModel
  size: QuerySize
}

/** Names of a path in a query: each of them is a join, and two for each relation that is symmetric. */
export const MAX_NAMES_IN_PATH = 6
const MAX_PARTS = 200
const MAX_VALUES = 1000

/** Counts what a query consists of, so that no caller makes the database work without end. */
export class QuerySize {
  #parts = 0
  #values = 0

  /** @throws HttpError `query_malformed` (400) for the 201st condition, attribute or sort key. */
  addPart(): void {
    this.#parts += 1
    if (this.#parts <= MAX_PARTS) return
    throw malformedQuery(
      `The query has more than ${MAX_PARTS} conditions, attributes and sort keys: ask in several queries.`,
    )
  }

  /** @throws HttpError `query_malformed` (400) beyond 1,000 values of lists. */
  addValues(count: number): void {
    this.#values += count
    if (this.#values <= MAX_VALUES) return
    throw malformedQuery(`The query lists more than ${MAX_VALUES} values: ask in several queries.`)
  }
}

/** What a path of the query leads to. */
export interface Found {
  /** Undefined where the Controller does not show its records. */
  attribute: Attribute | undefined
  /** The record behind it, when it is a relation. */
  behind: QueryScope
  /** What the path went through before its last name. */
  passed: (Attribute | undefined)[]
}

interface Reached {
  via: Attribute | undefined
  path: readonly string[]
  allowed: QueryRules['allowed']
}

/** A record of the query, in which names are looked up: the interaction's own, or one behind a relation. */
export class QueryScope {
  readonly rules: QueryRules
  readonly #record: string | undefined
  readonly #allowed: QueryRules['allowed']
  readonly #via: Attribute | undefined
  /** How the record was reached, for messages. */
  readonly #path: readonly string[]

  /** @param reached - how a relation led here; without it this is the interaction's own record. */
  constructor(rules: QueryRules, record: string | undefined, reached?: Reached) {
    this.rules = rules
    this.#record = record
    // Not by `??`: what may be named behind a relation can be nothing.
    this.#allowed = reached ? reached.allowed : rules.allowed
    this.#via = reached?.via
    this.#path = reached?.path ?? []
  }

  /**
   * Returns what a path leads to.
   *
   * @param at - where in the query the path is, for messages.
   * @param use - `compared` when the answer depends on values of records that it may not show: conditions and sort keys.
   * @throws HttpError `query_not_allowed` (403), `query_malformed` (400). A path that is not allowed is refused alike,
   * whether it exists or not.
   */
  find(path: string, at: string, use: 'shown' | 'compared'): Found {
    this.rules.size.addPart()
    const names = path.split('.')
    if (names.includes(''))
      throw malformedQuery(`${at} must be names with dots between them, such as "author.name".`)
    if (names.length > MAX_NAMES_IN_PATH)
      throw malformedQuery(`${at} is a path of more than ${MAX_NAMES_IN_PATH} names.`)
    const attributes = this.#attributesAt(names)
    const allowed = this.#allowedAt(names, attributes, use)
    const attribute = attributes.at(-1)
    if (this.rules.model.isKnown && this.#record !== undefined && !attribute)
      throw malformedQuery(`${at} names ${quoted(path)}, which the records do not have.`)
    const record = attribute?.kind === 'relation' ? attribute.record : undefined
    const reached = { via: attribute, path: [...this.#path, ...names], allowed }
    const behind = new QueryScope(this.rules, record, reached)
    return { attribute, behind, passed: attributes.slice(0, -1) }
  }

  /** @throws HttpError `query_not_allowed` (403) where not all columns may be named: `*`. */
  assertColumns(): void {
    this.rules.size.addPart()
    const allowed = this.#allowed
    if (allowed !== 'open' && !allowed?.hasColumns) throw this.#refusalOf(['*'])
  }

  #attributesAt(names: readonly string[]): (Attribute | undefined)[] {
    const attributes: (Attribute | undefined)[] = []
    let record = this.#record
    let from = this.#via
    for (const name of names) {
      const attribute = this.rules.model.find(record, name, from)
      attributes.push(attribute)
      record = attribute?.kind === 'relation' ? attribute.record : undefined
      from = attribute
    }
    return attributes
  }

  #allowedAt(
    names: readonly string[],
    attributes: readonly (Attribute | undefined)[],
    use: 'shown' | 'compared',
  ): QueryRules['allowed'] {
    let allowed = this.#allowed
    for (const [index, name] of names.entries()) {
      if (allowed === 'open') return 'open'
      const below: AllowedPaths | undefined = allowed?.names.get(name)
      const isColumn =
        index === names.length - 1 &&
        (name === 'id' || (allowed?.hasColumns && attributes[index]?.kind === 'column'))
      if (!allowed || !(below || isColumn) || (below?.isPartial && use === 'compared'))
        throw this.#refusalOf(names)
      allowed = below
    }
    return allowed
  }

  #refusalOf(names: readonly string[]) {
    const { interaction, allowed, isListed } = this.rules
    const path = quoted([...this.#path, ...names].join('.'))
    const name = quoted(interaction)
    const option = `the option queries of the app: { ${name}: [${path}] }`
    if (!allowed) {
      return queryNotAllowed(
        `A query of ${name} may have limit and offset only, and this one names ${path}. To allow more, give the ` +
          `interaction a dataPolicy with attributeQuery, or name it in ${option}.`,
        `a dataPolicy with attributeQuery, or queries: { ${name}: [${path}] } of createApp; 'open' allows everything`,
      )
    }
    const where = isListed ? 'its list in the option queries' : 'the attributeQuery of its dataPolicy'
    return queryNotAllowed(
      `A query of ${name} may not name ${path}: it may name id and what ${where} shows without a match or limit of ` +
        `its own. To allow it, name it in ${isListed ? 'that list' : `the policy, or in ${option}`}.`,
      `if callers may know it, name it there, or in queries: { ${name}: [${path}] } of createApp; 'open' allows everything`,
    )
  }
}
