import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { CliError } from '../../src/cli/cli-error.js'
import { EnvFile } from '../../src/cli/env-file.js'
import { fuzzerOf, must, type Target } from './target.js'

const names = ['A', 'B', 'LOGTO_ENDPOINT', 'DATABASE_URL', 'a.b', 'A-B']
/** A value that may be there already. */
const SAME = 'the-same'
const name = fc.constantFrom(...names)
const value = fc.oneof(
  fc.constant(SAME),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.string({ unit: fc.constantFrom(...'ab \t#\'"`\\$={}\n\r'), maxLength: 12 }),
  fc.webUrl(),
)
/** Values that every reader of `.env` takes for the same, as a person writes them. */
const plain = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom(...'abcXYZ019_./:@%+,=~?&-'), maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constant(SAME) },
)
const newline = fc.constantFrom('\n', '\r\n')
const cleanLine = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(name, plain).map(([left, right]) => `${left}=${right}`) },
  fc.tuple(name, plain).map(([left, right]) => `export ${left} = ${right} # a comment`),
  fc
    .tuple(name, plain, fc.constantFrom("'", '"', '`'))
    .map(([left, right, mark]) => `${left}=${mark}${right} #${mark}`),
  plain.map((text) => `# ${text}`),
  fc.tuple(name, plain).map(([left, right]) => `# ${left}=${right}`),
  fc.constant(''),
)
const anyLine = fc.oneof(
  cleanLine,
  fc.tuple(name, value).map(([left, right]) => `${left}=${right}`),
  value,
)
const textOf = (lines: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.array(lines, { maxLength: 8 }), newline, fc.boolean())
    .map(([all, end, isEnded]) => all.join(end) + (isEnded && all.length > 0 ? end : ''))

const input = fc.record({
  file: fc.oneof(
    textOf(cleanLine).map((text) => ({ text, isClean: true })),
    textOf(anyLine).map((text) => ({ text, isClean: false })),
  ),
  name,
  value,
})

/** The `.env` parser of the command line. */
export const envFile: Target = {
  name: 'env-file',
  holds: 'What was written is read again, here and by Node; no other variable and no other byte changes.',
  reaches: ['added', 'changed', 'kept', 'refused'],
  open: async () =>
    fuzzerOf(input, ({ file, name, value }) => {
      const before = new EnvFile(file.text)
      const known = names.map((one) => before.get(one))
      if (file.isClean) {
        const byNode = parseEnv(file.text)
        for (const one of names)
          must(before.get(one) === byNode[one], `${one} is ${before.get(one)}, for Node ${byNode[one]}`)
      }
      const after = write(before, name, value)
      if (after === undefined) return 'refused'
      must(
        after.get(name) === value,
        `${name} was written, and is read as ${JSON.stringify(after.get(name))}`,
      )
      for (const [index, one] of names.entries())
        must(
          one === name || after.get(one) === known[index],
          `${one} changed, too: ${JSON.stringify(after.get(one))}`,
        )
      must(
        isOneChange(file.text, after.text, before.get(name)),
        `More than one place changed: ${JSON.stringify(after.text)}`,
      )
      must(after.with({ [name]: value }).text === after.text, 'The same value changes the file again')
      must(after.differences({ [name]: value }).length === 0, 'The value still counts as different')
      if (after.text !== file.text)
        must(parseEnv(after.text)[name] === value, `For Node it is ${parseEnv(after.text)[name]}`)
      if (after.text === file.text) return 'kept'
      return before.get(name) === undefined ? 'added' : 'changed'
    }),
}

/** Returns the file with the value; undefined when it says that no quotes can hold it. */
function write(file: EnvFile, name: string, value: string): EnvFile | undefined {
  try {
    return file.with({ [name]: value })
  } catch (error) {
    const isTold = error instanceof TypeError || error instanceof CliError
    if (isTold && error.message.includes(name)) return undefined
    throw error
  }
}

/** Whether one line changed, or lines were added at the end. A value over several lines may become one. */
function isOneChange(before: string, after: string, old: string | undefined): boolean {
  if (old === undefined) return after.startsWith(before)
  if (/[\r\n]/.test(old)) return true
  const [lines, others] = [before.split('\n'), after.split('\n')]
  return lines.length === others.length && lines.filter((line, index) => line !== others[index]).length <= 1
}
