import { isObject } from './is-object.js'
import { problemsOf, shown } from './option-problems.js'
import type { Rules } from './option-rules.js'

/**
 * Checks the options of a function where they are given, so that no misspelt name and no unset environment variable
 * stays silent.
 *
 * @param caller - the function, as its user knows it.
 * @param rules - made with `satisfies OptionRules<…>`.
 * @throws TypeError that names every problem.
 */
export function checkOptions(caller: string, options: unknown, rules: Rules): void {
  const problems = isObject(options)
    ? problemsOf(options, rules, '', hintFor)
    : [`options must be an object, got ${shown(options)}: ${caller}({ ${Object.keys(rules)[0]}: … })`]
  if (problems.length > 0) throw new TypeError(`${caller}: ${problems.join('; ')}`)
}

function hintFor(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? `; there are ${known.join(', ')}` : `: did you mean ${nearest}?`
}

/** Returns the known name that a misspelt one stands for; undefined where none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase()
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: editsBetween(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.ceil(candidate.length / 4))
    .sort((a, b) => a.edits - b.edits)
  return nearest?.candidate
}

/** Levenshtein distance: how many characters are inserted, deleted or replaced. Row by row of the usual table. */
function editsBetween(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = Number(previous[column - 1]) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(Number(previous[column]) + 1, Number(current[column - 1]) + 1, replaced))
    }
    previous = current
  }
  return Number(previous[to.length])
}
