import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { problemsOf } from '../../src/logto/option-problems.js'
import type { OptionRule, Rules } from '../../src/logto/option-rules.js'
import { openTab } from '../browser/tab.js'
import { FACTORIES, type Factory } from './factories.js'

/** What JavaScript itself says of a value that nobody has checked. */
const UNCHECKED =
  /Cannot (read propert|destructure|convert|use 'in'|set propert|mix)|is not (a function|iterable|a constructor|an object)|undefined is not|called on (null|undefined)/

/** One option: the names that lead to it, `users`, 0, `username`. */
interface Option {
  path: (string | number)[]
  rule: OptionRule
}

const VALUES: unknown[] = [
  null,
  true,
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  'x y',
  Symbol('option'),
  10n,
  [],
  [undefined],
  [null],
  [''],
  [{}],
  {},
  { x: 1 },
  new Map(),
  Object.create(null),
  () => undefined,
]

beforeAll(() => {
  // Neither a page nor a network: what has passed the check fails here, with an error of its own.
  openTab('http://app.test/')
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('fetch failed')
  })
  for (const method of ['warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => {})
})
afterAll(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe.each(FACTORIES)('$name', (factory) => {
  const { valid, rules, isForBrowsers } = factory
  const options = optionsOf(rules, valid)

  it('accepts what is right, and an optional option that is undefined', async () => {
    const undefinedOnes = Object.entries(rules)
      .filter(([name, rule]) => !(name in valid) && !rule.refusesUndefined)
      .map(([name]) => [name, undefined])
    expect(messageOf(await failureOf(factory, valid))).not.toMatch(REFUSAL)
    const withUndefined = { ...Object.fromEntries(undefinedOnes), ...valid }
    expect(messageOf(await failureOf(factory, withUndefined))).not.toMatch(REFUSAL)
  })

  it.each(options)('refuses another type of $path', async ({ path, rule }) => {
    for (const value of VALUES.filter((value) => isRefused(value, rule))) {
      const failure = await failureOf(factory, withValue(valid, path, value))
      expect(failure, inspect(value)).toBeInstanceOf(TypeError)
      expect(messageOf(failure)).toContain(isForBrowsers ? String(path[0]) : written(path))
    }
  })

  it.each(options.filter(({ rule }) => rule.isRequired))(
    'says that $path is missing',
    async ({ path, rule }) => {
      const failure = await failureOf(factory, withValue(valid, path, undefined))
      expect(failure).toBeInstanceOf(TypeError)
      const missing = rule.variable
        ? `is empty: set ${rule.variable}`
        : /is missing: |must be .*, got undefined/
      expect(messageOf(failure)).toMatch(missing)
      expect(messageOf(failure)).toContain(written(path))
    },
  )

  it.each(options.filter(({ rule }) => rule.variable))(
    'names the variable of $path',
    async ({ path, rule }) => {
      const failure = await failureOf(factory, withValue(valid, path, ''))
      expect(messageOf(failure)).toContain(`${written(path)} is empty: set ${rule.variable}`)
    },
  )

  it.each(options.filter(({ path }) => typeof path.at(-1) === 'string'))(
    'refuses $path when it is misspelt',
    async ({ path }) => {
      const misspelt = [...path.slice(0, -1), `x${path.at(-1)}`]
      const failure = await failureOf(factory, withValue(valid, misspelt, 1))
      expect(failure).toBeInstanceOf(TypeError)
      if (isForBrowsers) expect(messageOf(failure)).toContain(`${misspelt.at(-1)} is no option`)
      else
        expect(messageOf(failure)).toContain(
          `${written(misspelt)} is no option: did you mean ${path.at(-1)}?`,
        )
    },
  )

  it('never ends in an error of JavaScript itself, whatever comes', async () => {
    const anything = fc.oneof(
      fc.constantFrom(...VALUES),
      fc.anything({ withNullPrototype: true, withBigInt: true }),
    )
    const spoiled = fc
      .tuple(
        fc.subarray(options, {
          minLength: Math.min(1, options.length),
          maxLength: Math.min(3, options.length),
        }),
        fc.array(anything, { minLength: 3, maxLength: 3 }),
      )
      .map(([chosen, values]) =>
        chosen.reduce<unknown>((before, { path }, index) => withValue(before, path, values[index]), valid),
      )
    const runs = fc.asyncProperty(
      fc.oneof({ weight: 1, arbitrary: anything }, { weight: 5, arbitrary: spoiled }),
      async (given) => {
        expect(messageOf(await failureOf(factory, given))).not.toMatch(UNCHECKED)
      },
    )
    await fc.assert(runs, { numRuns: 60 })
  })
})

const REFUSAL = /is no option|is missing|is empty|must be/

/** Every option of a factory, also those inside of its options, as far as `valid` has the objects around them. */
function optionsOf(rules: Rules, valid: unknown, before: (string | number)[] = []): Option[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const path = [...before, name]
    const value: unknown = Reflect.get(Object(valid), name)
    const inside = rule.fields && isPlain(value) ? optionsOf(rule.fields, value, path) : []
    const fields = rule.item?.fields
    const items = Array.isArray(value) && fields ? optionsOf(fields, value[0], [...path, 0]) : []
    return [{ path, rule }, ...inside, ...items]
  })
}

function isRefused(value: unknown, rule: OptionRule): boolean {
  return problemsOf({ option: value }, { option: rule }, '', () => '').length > 0
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function written(path: readonly (string | number)[]): string {
  return path
    .map((name) => (typeof name === 'number' ? `[${name}]` : `.${name}`))
    .join('')
    .slice(1)
}

/** The options with one value in another's place. */
function withValue(options: unknown, [name, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (name === undefined) return value
  const inner = withValue(Reflect.get(Object(options), name), rest, value)
  return Array.isArray(options) ? [inner] : { ...Object(options), [name]: inner }
}

async function failureOf({ call }: Factory, options: unknown): Promise<unknown> {
  try {
    await call(options)
    return undefined
  } catch (error) {
    return error
  }
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure)
}
