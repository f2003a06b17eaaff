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
  /** Shows that something is under way; the returned function ends it with a last word. */
  progress(message: string): (lastWord: string) => void
}

type Style = Parameters<typeof styleText>[0]

const WIDTH = 80

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

  error(text: string): void {
    this.host.writeError(`${this.#redact(text)}\n`)
  }

  /** Colour on a terminal alone, and not against the person's wish (https://no-color.org). */
  style(style: Style, text: string): string {
    const isColoured = this.host.isInteractive && !this.isJson && !this.host.env.NO_COLOR
    return isColoured ? styleText(style, text, { validateStream: false }) : text
  }

  /** Runs `work`, with a spinner where somebody can see it turn. */
  async during<T>(message: string, work: () => Promise<T>): Promise<T> {
    if (!this.host.isInteractive || this.isJson) return work()
    const stop = this.host.prompts.progress(message)
    try {
      const result = await work()
      stop(message)
      return result
    } catch (error) {
      stop(`${message} failed`)
      throw error
    }
  }

  #redact(text: string): string {
    let redacted = text
    for (const secret of this.#secrets) redacted = redacted.replaceAll(secret, '••••••')
    return redacted
  }
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
