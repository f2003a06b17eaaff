import type { Rules } from '../logto/option-rules.js'

/**
 * Checks options as the server's entries do, in fewer bytes: without nested options, and without a search for the name
 * near a misspelt one.
 *
 * @throws TypeError that names every problem.
 */
export function checkOptions(caller: string, options: object | undefined, rules: Rules): void {
  const given: Readonly<Record<string, unknown>> = Object(options)
  const problems = Object.keys(given)
    .filter((name) => !(name in rules))
    .map((name) => `${name} is no option`)
  for (const [name, { accepts, expected, isRequired, variable }] of Object.entries(rules)) {
    const value = given[name]
    if (value === undefined ? !isRequired : accepts(value)) continue
    const got = typeof value === 'string' ? JSON.stringify(value) : typeof value
    problems.push(
      variable && !value ? `${name} is empty: set ${variable}` : `${name} must be ${expected}, got ${got}`,
    )
  }
  if (problems[0]) throw new TypeError(`${caller}: ${problems.join('; ')}`)
}
