import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

// One assignment, as Node's --env-file and dotenv read it: optional export, quoted values over several lines, or the rest
// of the line up to a comment.
const ASSIGNMENT =
  /^([ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*)('[^']*'|"(?:\\.|[^"\\])*"|`[^`]*`|[^#\r\n]*?)([ \t]*(?:#[^\r\n]*)?)(?=\r?\n|$)/gm

/** The text of a `.env` file. Changing a value leaves every other byte as it is: order, comments, line endings. */
export class EnvFile {
  constructor(readonly text: string) {}

  /** Value of a variable; undefined when the file does not set it. As in Node, the last assignment counts. */
  get(name: string): string | undefined {
    return this.#lastOf(name)?.value
  }

  /** Names from `values` whose value the file does not hold yet. */
  differences(values: Record<string, string>): string[] {
    return Object.keys(values).filter((name) => this.get(name) !== values[name])
  }

  /** The same file with these values. What it did not set is added at its end. */
  with(values: Record<string, string>): EnvFile {
    return Object.entries(values).reduce<EnvFile>((file, [name, value]) => file.#set(name, value), this)
  }

  #set(name: string, value: string): EnvFile {
    const found = this.#lastOf(name)
    if (found?.value === value) return this
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

/** The `.env` file at `path`; an empty one when there is none. */
export async function readEnvFile(path: string): Promise<EnvFile> {
  try {
    return new EnvFile(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error)) return new EnvFile('')
    throw error
  }
}

/**
 * Writes the file whole or not at all, so that an interruption leaves the old one. A new file is readable by its owner
 * alone, since it holds secrets; an existing one keeps its mode, and a symbolic link stays one. What a killed run left of
 * its own copy, with the same secrets, is removed.
 */
export async function writeEnvFile(path: string, file: EnvFile): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  )
  const temporary = `${target}.interaqt-logto.tmp`
  await rm(temporary, { force: true })
  try {
    await writeFile(temporary, file.text, { mode, flag: 'wx' })
    await chmod(temporary, mode)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

// A backslash, a dollar or a hash means something to one reader of .env files or another; between single quotes to none.
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
