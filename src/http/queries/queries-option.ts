import type { InteractionController, NamedEventSource } from '../../interaqt/interaqt-model.js'
import { INTERACTION_RECORD } from '../../interaqt/interaqt-peer.js'
import { isObject } from '../../logto/is-object.js'
import { nearestName } from '../../logto/nearest-name.js'
import { type OptionRule, STRINGS } from '../../logto/option-rules.js'
import { MAX_NAMES_IN_PATH } from './query-scope.js'
import { readingOf } from './reading-interaction.js'
import { type Attribute, RecordModel } from './record-model.js'

/**
 * What the `query` of a caller may name, in `match`, `modifier.orderBy` and `attributeQuery`. By interaction: a list of
 * paths such as `['text', 'author.name', 'author.*']`, in place of those of its `dataPolicy.attributeQuery`, or `'open'`.
 * A step of an activity is called `<activity>:<interaction>`.
 *
 * `'open'` lets callers name every column of every record that a relation leads to: other people's too.
 */
export type QueriesOption = 'open' | Readonly<Record<string, 'open' | readonly string[]>>

export const QUERIES_RULE: OptionRule = {
  expected: "'open', or an object of lists by interaction, such as { posts: ['text', 'author.name'] }",
  accepts: (value) => value === 'open' || isObject(value),
  each: {
    expected: "'open' or an array of paths, such as ['text', 'author.name']",
    accepts: (value) => value === 'open' || STRINGS.accepts(value),
  },
}

/**
 * Checks the names of the option `queries`. Paths are checked when the controller has been set up.
 *
 * @throws TypeError for an interaction or a path that does not exist, with the nearest name.
 */
export function assertQueries(queries: QueriesOption | undefined, controller: InteractionController): void {
  if (queries === undefined || queries === 'open') return
  const model = new RecordModel(controller)
  for (const [name, paths] of Object.entries(queries)) {
    const reading = readingOf(interactionOf(controller, name))
    if (paths === 'open') continue
    if (!reading)
      throw new TypeError(
        `createApp: queries names ${JSON.stringify(name)}, which reads nothing: take it out`,
      )
    for (const path of paths) assertPath(path, { model, record: reading.record, interaction: name })
  }
}

function interactionOf(controller: InteractionController, name: string): NamedEventSource {
  const eventSource = controller.findEventSourceByName(name)
  if (eventSource?.entity.name === INTERACTION_RECORD) return eventSource
  const names = interactionsOf(controller)
  throw new TypeError(
    `createApp: queries names ${JSON.stringify(name)}, which is no interaction of the controller${hint(name, names)}`,
  )
}

function interactionsOf(controller: InteractionController): string[] {
  const eventSources: unknown = Reflect.get(controller, 'eventSources')
  if (!Array.isArray(eventSources)) return []
  return eventSources
    .filter((one: NamedEventSource) => one.entity?.name === INTERACTION_RECORD)
    .map(({ name }: NamedEventSource) => name)
}

function assertPath(
  path: string,
  { model, record, interaction }: { model: RecordModel; record: string | undefined; interaction: string },
): void {
  const problem = (what: string) =>
    new TypeError(`createApp: queries.${interaction} has ${JSON.stringify(path)}, ${what}`)
  const names = path.split('.')
  if (names.length > MAX_NAMES_IN_PATH) throw problem(`a path of more than ${MAX_NAMES_IN_PATH} names`)
  if (names.slice(0, -1).includes('*')) throw problem('but * stands for columns, so it must be the last name')
  if (names.includes('')) throw problem('which must be names with dots between them')
  if (!model.isKnown || record === undefined) return
  let current: string | undefined = record
  let from: Attribute | undefined
  for (const name of names) {
    if (name === '*' && current !== undefined) return
    const attribute = model.find(current, name, from)
    if (!attribute) {
      const where =
        current === undefined ? 'a column has nothing behind it' : `${current} has no ${JSON.stringify(name)}`
      throw problem(`but ${where}${hint(name, model.namesOf(current))}`)
    }
    current = attribute.kind === 'relation' ? attribute.record : undefined
    from = attribute
  }
}

function hint(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names)
  if (nearest !== undefined) return `: did you mean ${nearest}?`
  return names.length > 0 ? `; there are ${names.join(', ')}` : ''
}
