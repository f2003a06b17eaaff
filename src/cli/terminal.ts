import { styleText } from 'node:util'

/** What a command knows of the world around it; the tests give it another one. */
export interface Host {
  env: Record<string, string | undefined>
  cwd: string
  /** Writes to standard output. */
  write(text: string): void
  /** Writes to standard error. */
  writeError(text: string): void
  /** Whether a person sits at both ends: only then is anybody asked, and only then is there colour. */
  isInteractive: boolean
  /** Whether standard error is a terminal, when standard output may be none. */
  isErrorTerminal: boolean
  fetch: typeof fetch
  /** Milliseconds since the epoch. */
  now(): number
  /** Without the leading v. */
  nodeVersion: string
  prompts: Prompts
  /** Output of a program; undefined when it is missing, fails, or takes longer than two seconds. */
  execute(program: string, args: string[]): Promise<string | undefined>
  /** Resolves on Ctrl-C or SIGTERM. */
  untilInterrupted(): Promise<void>
}

/** Questions to a person. Each throws CliError `cancelled` when the person leaves. */
export interface Prompts {
  text(question: {
    message: string
    initialValue?: string
    validate?(value: string): string | undefined
  }): Promise<string>
  password(question: { message: string }): Promise<string>
  confirm(question: { message: string; initialValue?: boolean }): Promise<boolean>
  /** Shows that something is under way: with a bar when it has `steps`, else with what only turns. */
  progress(message: string, steps?: number): Progress
}

/** What is under way, on a terminal. */
interface Progress {
  /** One step more; `message` says which. */
  advance(message: string): void
  done(lastWord: string): void
  failed(lastWord: string): void
}

/** What stands before a warning. */
export const WARNING = { text: 'Warning:', style: 'yellow' } as const

type Style = Parameters<typeof styleText>[0]

const WIDTH = 80
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g

/** Lines on a terminal, or in a log. Secrets that it has been told of never come out. */
export class Terminal {
  readonly #secrets = new Set<string>()

  constructor(
    readonly host: Host,
    readonly isJson = false,
  ) {}

  /** Never lets this value out, whatever message carries it. Shorter ones are no secrets but parts of words. */
  conceal(secret: string | undefined): void {
    if (secret && secret.length >= 8) this.#secrets.add(secret)
  }

  /** A line for a person; silent with `--json`. */
  line(text = ''): void {
    if (!this.isJson) this.host.write(`${this.#redact(text)}\n`)
  }

  /** The one JSON value that `--json` asks for. */
  json(value: unknown): void {
    this.host.write(`${this.#redact(JSON.stringify(value, undefined, 2))}\n`)
  }

  /** A line on standard error, whose `label` says what it is; broken into lines of a terminal's width. */
  error(text: string, label?: { text: string; style: Style }): void {
    const line = wrap(this.#redact(label ? `${label.text} ${text}` : text), 0)
    const isColoured = label && this.host.isErrorTerminal && this.#mayColour
    const styled = isColoured ? colour(label.style, label.text) + line.slice(label.text.length) : line
    this.host.writeError(`${styled}\n`)
  }

  /** Where an error came from; its lines stay as they are. */
  stack(text: string): void {
    this.host.writeError(`${this.#redact(text)}\n`)
  }

  /** Colour on a terminal alone. */
  style(style: Style, text: string): string {
    return this.host.isInteractive && !this.isJson && this.#mayColour ? colour(style, text) : text
  }

  /**
   * Runs `work`, with a spinner where somebody can see it turn, or a bar when it has `steps`.
   *
   * @param work - says before each step what it is, when it has steps.
   * @param lastWord - what to say when it is done; default `message`.
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

  /** Not against the person's wish (https://no-color.org), nor where the terminal knows no colours. */
  get #mayColour(): boolean {
    const { NO_COLOR, TERM } = this.host.env
    return !NO_COLOR && TERM !== 'dumb'
  }

  // Each as it is, and as JSON writes it. Of tokens nobody is told beforehand: a proxy may send back what it was sent.
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

/** `1 warning`, `2 warnings`. */
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
