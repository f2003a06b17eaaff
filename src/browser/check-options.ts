import { isObject } from '../logto/is-object.js'
import { problemsOf, shown } from '../logto/option-problems.js'
import type { Rules } from '../logto/option-rules.js'

/**
 * Checks options as the server's entries do, but looks for no name near a misspelt one: a page loads these bytes.
 *
 * @throws TypeError that names every problem.
 */
export function checkOptions(caller: string, options: unknown, rules: Rules): void {
  const problems = isObject(options)
    ? problemsOf(options, rules, '', () => '')
    : [`options must be an object, got ${shown(options)}`]
  if (problems.length > 0) throw new TypeError(`${caller}: ${problems.join('; ')}`)
}
