import { isObject } from './is-object.js'
import { nearestName } from './nearest-name.js'
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
