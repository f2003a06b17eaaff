import { styleText } from 'node:util'

/** The process around a command. Tests replace it. */
export interface Host {
  env: Record<string, string | undefined>
  cwd: string
  /** Writes to standard output. */
  write(text: string): void
  /** Writes to standard error. */
  writeError(text: string): void
  /** Whether standard input and output are a terminal. Only then are there questions, progress and colour. */
  isInteractive: boolean
  /** Whether standard error is a terminal, also when standard output is none. */
  isErrorTerminal: boolean
  fetch: typeof fetch
  /** Milliseconds since the epoch. */
  now(): number
  /** Without the leading v. */
  nodeVersion: string
  platform: NodeJS.Platform
  prompts: Prompts
  /** Resolves with the output of a program; undefined when it is missing, fails, or takes longer than two seconds. */
  execute(program: string, args: string[]): Promise<string | undefined>
  /** Resolves on Ctrl-C or SIGTERM. */
  untilInterrupted(): Promise<void>
}

/** Questions to a person. Each throws CliError `cancelled` on Ctrl-C. */
export interface Prompts {
  text(question: {
    message: string
    initialValue?: string
    validate?(value: string): string | undefined
  }): Promise<string>
  password(question: { message: string; validate?(value: string): string | undefined }): Promise<string>
  confirm(question: { message: string; initialValue?: boolean }): Promise<boolean>
  /** Shows progress: a bar when there are `steps`, else a spinner. */
  progress(message: string, steps?: number): Progress
}

/** A bar or a spinner on a terminal. */
interface Progress {
  /** Moves on by one step, which `message` names. */
  advance(message: string): void
  done(lastWord: string): void
  failed(lastWord: string): void
}

/** The label of a warning. */
export const WARNING = { text: 'Warning:', style: 'yellow' } as const

type Style = Parameters<typeof styleText>[0]

const WIDTH = 80
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g

/** Prints lines on a terminal, or into a log. Replaces the secrets that it knows, and all JWTs. */
export class Terminal {
  readonly #secrets = new Set<string>()

  constructor(
    readonly host: Host,
    readonly isJson = false,
  ) {}

  /** Hides this value in everything that is printed. Values under 8 characters are no secrets but parts of words. */
  conceal(secret: string | undefined): void {
    if (secret && secret.length >= 8) this.#secrets.add(secret)
  }

  /** Prints a line for a person; nothing with `--json`. */
  line(text = ''): void {
    if (!this.isJson) this.host.write(`${this.#redact(text)}\n`)
  }

  /** Prints the one JSON value that `--json` asks for. */
  json(value: unknown): void {
    this.host.write(`${this.#redact(JSON.stringify(value, undefined, 2))}\n`)
  }

  /** Prints text on standard error, after its label, in lines of a terminal's width. */
  error(text: string, label?: { text: string; style: Style }): void {
    const line = wrap(this.#redact(label ? `${label.text} ${text}` : text), 0)
    const isColoured = label && this.host.isErrorTerminal && this.#mayColour
    const styled = isColoured ? colour(label.style, label.text) + line.slice(label.text.length) : line
    this.host.writeError(`${styled}\n`)
  }

  /** Prints one line on standard error, as it is. */
  log(line: string): void {
    this.host.writeError(`${this.#redact(line)}\n`)
  }

  /** Prints the stack of an error. Its lines stay as they are. */
  stack(text: string): void {
    this.host.writeError(`${this.#redact(text)}\n`)
  }

  /** Returns the text in this style on a terminal, and as it is elsewhere. */
  style(style: Style, text: string): string {
    return this.host.isInteractive && !this.isJson && this.#mayColour ? colour(style, text) : text
  }

  /**
   * Runs `work`, and shows a bar or a spinner where a person sees it.
   *
   * @param work - calls its argument before each step.
   * @param steps - how many steps there are; without it, a spinner.
   * @param lastWord - printed when it is done; default `message`.
   */
  async during<T>(
    message: string,
    work: (step: (message: string) => void) => Promise<T>,
    { steps, lastWord = message }: { steps?: number; lastWord?: string } = {},
  ): Promise<T> {
    if (!this.host.isInteractive || this.isJson) return work(() => {})
    const progress = this.host.prompts.progress(this.#redact(message), steps)
    try {
      const result = await work((step) => progress.advance(this.#redact(step)))
      progress.done(this.#redact(lastWord))
      return result
    } catch (error) {
      progress.failed(this.#redact(`${message}: failed`))
      throw error
    }
  }

  /** Whether the person (https://no-color.org) and the terminal allow colours. */
  get #mayColour(): boolean {
    const { NO_COLOR, TERM } = this.host.env
    return !NO_COLOR && TERM !== 'dumb'
  }

  // Each secret as it is, and as JSON writes it. Tokens are not known beforehand: a proxy may send them back in an error.
  #redact(text: string): string {
    let redacted = text.replace(JWT, '••••••')
    for (const secret of this.#secrets) {
      redacted = redacted
        .replaceAll(secret, '••••••')
        .replaceAll(JSON.stringify(secret).slice(1, -1), '••••••')
    }
    return redacted
  }
}

function colour(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false })
}

/** Returns `1 warning`, `2 warnings`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Breaks text into lines of a terminal's width, each indented; words longer than a line stay whole. */
export function wrap(text: string, indent: number): string {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line && indent + line.length + 1 + word.length > WIDTH) {
        lines.push(line)
        line = word
      } else {
        line = line ? `${line} ${word}` : word
      }
    }
    lines.push(line)
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n')
}
