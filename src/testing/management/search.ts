import { invalidInput } from './errors.js'

const MODES = ['exact', 'like', 'similar_to', 'posix'] as const
type Mode = (typeof MODES)[number]

interface Criterion {
  fields: readonly string[]
  values: readonly string[]
  mode: Mode
}

/**
 * Returns the rows that the search in the query finds, or all of them when it asks for none: `search=%x%`,
 * `search.<field>=x` with `mode.<field>`, `isCaseSensitive`, `joint`. Source: recordings/pagination/search-*.json and
 * Logto docs, "Advanced user search".
 *
 * @param fields - names that may be searched, in camel case.
 * @throws ManagementRefusal `request.invalid_input` for an unknown field or mode, and for `similar_to` without
 * `isCaseSensitive=true` (recordings/released/users-search-id-similar_to.json).
 */
export function searched<Row extends object>(
  query: URLSearchParams,
  rows: readonly Row[],
  fields: readonly (keyof Row & string)[],
): readonly Row[] {
  const criteria = [...new Set(query.keys())].flatMap((key) => criterionOf(query, key, fields))
  if (criteria.length === 0) return rows
  const caseSensitive = query.get('isCaseSensitive') === 'true'
  if (!caseSensitive && criteria.some(({ mode }) => mode === 'similar_to')) {
    throw invalidInput('Cannot use case-insensitive match for `similar to`.')
  }
  const tests = criteria.map((criterion) => testOf(criterion, caseSensitive))
  const joint = query.get('joint') === 'and' ? 'every' : 'some'
  return rows.filter((row) => tests[joint]((test) => test(row)))
}

function criterionOf(query: URLSearchParams, key: string, fields: readonly string[]): Criterion[] {
  if (key !== 'search' && !key.startsWith('search.')) return []
  const field = key === 'search' ? undefined : key.slice('search.'.length)
  if (field !== undefined && !fields.includes(camelCase(field))) {
    const known = fields.map(snakeCase).join(', ')
    throw invalidInput(`Search field \`${snakeCase(field)}\` is not valid, expect one of ${known}.`)
  }
  const values = query.getAll(key).filter((value) => value !== '')
  if (values.length === 0) return []
  const mode = query.get(field === undefined ? 'mode' : `mode.${field}`) ?? 'like'
  if (!isMode(mode)) {
    const place = field === undefined ? '' : ` for field \`${snakeCase(field)}\``
    throw invalidInput(
      `Search match mode \`${mode}\`${place} is not valid, expect one of ${MODES.join(', ')}.`,
    )
  }
  return [{ fields: field === undefined ? fields : [camelCase(field)], values, mode }]
}

function testOf({ fields, values, mode }: Criterion, caseSensitive: boolean) {
  const patterns = values.map((value) => new RegExp(sourceOf(value, mode), caseSensitive ? 's' : 'is'))
  return (row: object): boolean =>
    fields.some((field) => {
      const text: unknown = Reflect.get(row, field)
      return typeof text === 'string' && patterns.some((pattern) => pattern.test(text))
    })
}

// SQL's LIKE knows % and _; SIMILAR TO adds regular operators to them; POSIX is a plain regular expression.
function sourceOf(value: string, mode: Mode): string {
  if (mode === 'posix') return value
  if (mode === 'exact') return `^${escaped(value)}$`
  const literal = mode === 'like' ? escaped(value) : value
  return `^(?:${literal.replaceAll('%', '.*').replaceAll('_', '.')})$`
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

const isMode = (mode: string): mode is Mode => MODES.some((known) => known === mode)

const camelCase = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
