import type { InteractionController, NamedEventSource } from '../../interaqt/interaqt-model.js'
import { type AllowedPaths, pathsOfAttributeQuery, pathsOfList } from './allowed-paths.js'
import { type AttributeQuery, toAttributeQuery } from './attribute-query.js'
import { assertKeys, type MatchData, toMatch } from './match.js'
import { isGiven, type Modifier, toModifier } from './modifier.js'
import type { QueriesOption } from './queries-option.js'
import { queryNotAllowed, quoted } from './query-errors.js'
import { QueryScope, QuerySize } from './query-scope.js'
import { type Reading, readingOf } from './reading-interaction.js'
import { RecordModel } from './record-model.js'

/** A caller's query after the check: what Interaqt gets. */
export interface CheckedQuery {
  [part: string]: unknown
  match?: MatchData
  modifier?: Modifier
  attributeQuery?: AttributeQuery
}

/**
 * Returns a caller's query with nothing in it but what the caller may ask for.
 *
 * Without the option `queries`, it may name the paths of the interaction's `dataPolicy.attributeQuery`, and `id`. Interaqt
 * itself holds callers to that policy in what it shows, but not in `match` and `modifier`: their answers tell one bit
 * after the other of any column.
 *
 * @throws HttpError `query_not_allowed` (403), `query_malformed` (400).
 */
export function toCallerQuery(
  query: Record<string, unknown>,
  eventSource: NamedEventSource,
  controller: InteractionController,
  queries: QueriesOption | undefined,
): CheckedQuery {
  assertKeys(query, ['match', 'modifier', 'attributeQuery'], 'query')
  const reading = readingOf(eventSource)
  const { name: interaction } = eventSource
  const option = optionOf(queries, interaction)
  const rules = {
    interaction,
    allowed: allowedBy(option, reading),
    isListed: Array.isArray(option),
    model: new RecordModel(controller),
    size: new QuerySize(),
  }
  const root = new QueryScope(rules, reading?.record)
  const { match, modifier, attributeQuery } = query
  const checked = {
    ...(isGiven(match) && { match: toMatch(match, root, root, 'query.match') }),
    ...(isGiven(modifier) && { modifier: toModifier(modifier, root, 'query.modifier') }),
    ...(isGiven(attributeQuery) && {
      attributeQuery: toAttributeQuery(attributeQuery, root, 'query.attributeQuery'),
    }),
  }
  assertPage(checked.modifier, reading, interaction)
  return checked
}

function optionOf(
  queries: QueriesOption | undefined,
  interaction: string,
): 'open' | readonly string[] | undefined {
  if (queries === undefined || queries === 'open') return queries
  return Object.hasOwn(queries, interaction) ? queries[interaction] : undefined
}

function allowedBy(
  option: 'open' | readonly string[] | undefined,
  reading: Reading | undefined,
): 'open' | AllowedPaths | undefined {
  if (option === 'open') return 'open'
  if (option) return pathsOfList(option)
  return reading?.attributeQuery && pathsOfAttributeQuery(reading.attributeQuery)
}

// Interaqt 4.10 throws a bare Error then: a policy with a limit fixes the page.
function assertPage(modifier: Modifier | undefined, reading: Reading | undefined, interaction: string): void {
  const fixed = reading?.fixedModifiers ?? []
  if (!fixed.includes('limit')) return
  const refused = (['offset', 'orderBy'] as const).find(
    (key) => modifier?.[key] !== undefined && !fixed.includes(key),
  )
  if (refused === undefined) return
  const name = quoted(interaction)
  throw queryNotAllowed(
    `A query of ${name} may not have ${refused}: its dataPolicy.modifier has a limit, which fixes the page.`,
    `take limit out of dataPolicy.modifier of ${name}, or give it ${refused} there`,
  )
}
