import { parseEnv } from 'node:util'
import { CliError } from './cli-error.js'
import { readIfPresent, rewrite } from './whole-file.js'

// One assignment, as Node's --env-file and dotenv read it: optional export, quoted values over several lines, or the rest
// of the line up to a comment.
const ASSIGNMENT =
  /^([ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*)('[^']*'|"(?:\\.|[^"\\])*"|`[^`]*`|[^#\r\n]*?)([ \t]*(?:#[^\r\n]*)?)(?=\r?\n|$)/gm

/** The text of a `.env` file. Changing a value leaves every other byte as it is: order, comments, line endings. */
export class EnvFile {
  constructor(readonly text: string) {}

  /** Returns the value of a variable; undefined when the file does not set it. As in Node, the last assignment counts. */
  get(name: string): string | undefined {
    return this.#lastOf(name)?.value
  }

  /** Returns the names from `values` whose value the file does not hold yet, or is not known yet. */
  differences(values: Readonly<Record<string, string | undefined>>): string[] {
    return Object.keys(values).filter((name) => values[name] === undefined || this.get(name) !== values[name])
  }

  /**
   * Returns the same file with these values, where they are known. New variables are added at its end.
   *
   * @throws TypeError for a value that no quotes can hold; CliError `value_invalid` where an open quote would swallow it.
   */
  with(values: Readonly<Record<string, string | undefined>>): EnvFile {
    return Object.entries(values).reduce<EnvFile>(
      (file, [name, value]) => (value === undefined ? file : file.#set(name, value)),
      this,
    )
  }

  #set(name: string, value: string): EnvFile {
    const found = this.#lastOf(name)
    if (found?.value === value) return this
    const file = this.#setAt(found, name, value)
    // A quote that an earlier line opens and does not close ends at the first one of the new value. Node looks further for it.
    if (file.get(name) === value && parseEnv(file.text)[name] === value) return file
    throw new CliError(
      'value_invalid',
      `${name} cannot be set: a line before it has a quote without an end.`,
      {
        remedy: 'Close that quote in the file of environment variables, or put the value in other quotes.',
      },
    )
  }

  #setAt(found: { start: number; end: number } | undefined, name: string, value: string): EnvFile {
    if (found) {
      const { start, end } = found
      return new EnvFile(this.text.slice(0, start) + quote(name, value) + this.text.slice(end))
    }
    const newline = this.text.includes('\r\n') ? '\r\n' : '\n'
    const separator = this.text === '' || this.text.endsWith('\n') ? '' : newline
    return new EnvFile(`${this.text}${separator}${name}=${quote(name, value)}${newline}`)
  }

  #lastOf(name: string): { value: string; start: number; end: number } | undefined {
    const matches = [...this.text.matchAll(ASSIGNMENT)].filter((match) => match[2] === name)
    const match = matches.at(-1)
    if (!match) return undefined
    const [, head = '', , raw = ''] = match
    const start = match.index + head.length
    return { value: unquote(raw), start, end: start + raw.length }
  }
}

/** Reads the `.env` file at `path`; an empty one when there is none. */
export async function readEnvFile(path: string): Promise<EnvFile> {
  return new EnvFile((await readIfPresent(path)) ?? '')
}

/**
 * Writes the file whole or not at all. A new one is readable by its owner alone, an existing one keeps its mode unless it
 * `becomesPrivate`.
 *
 * @throws CliError `file_unusable`.
 */
export function writeEnvFile(
  path: string,
  file: EnvFile,
  options?: { becomesPrivate: boolean },
): Promise<void> {
  return rewrite(path, file.text, options)
}

// Readers of .env files differ about a backslash, a dollar and a hash, but not between single quotes.
function quote(name: string, value: string): string {
  if (/^[\w./:@%+,=~?&*-]*$/.test(value)) return value
  const mark = ["'", '"', '`'].find((candidate) => !value.includes(candidate))
  if (!mark || /[\r\n]/.test(value) || (mark === '"' && value.includes('\\'))) {
    throw new TypeError(`The value of ${name} cannot be written to a .env file`)
  }
  return mark + value + mark
}

function unquote(raw: string): string {
  const mark = raw[0]
  if (raw.length < 2 || mark !== raw.at(-1) || !(mark === "'" || mark === '"' || mark === '`'))
    return raw.trim()
  const inner = raw.slice(1, -1)
  return mark === '"' ? inner.replaceAll('\\n', '\n') : inner
}
