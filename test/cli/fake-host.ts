import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../src/cli/main.js'
import type { Host, Prompts } from '../../src/cli/terminal.js'

/** What `setup --json` prints. */
export interface SetupOutput {
  isApplied: boolean
  steps: { subject: string; name: string; action: string; details: string[] }[]
  envFile: { path: string; changed: string[] }
}

/** What `doctor --json` prints. */
export interface DoctorOutput {
  exitCode: number
  checks: {
    id: string
    status: string
    expected?: string
    found?: string
    remedy?: string
    because?: string
  }[]
}

/** A folder, an environment and a terminal of a test's own; everything that commands print is kept. */
export class FakeHost implements Host {
  readonly env: Record<string, string | undefined> = {}
  isInteractive = false
  isErrorTerminal = false
  nodeVersion = '22.12.0'
  platform: NodeJS.Platform = process.platform
  output = ''
  errors = ''
  /** Everything that was ever printed. */
  transcript = ''
  readonly requests: { method: string; url: string }[] = []
  /**
   * Breaks the connection at the n-th request from now, counted from 1: before Logto gets it, or before we get its answer.
   * It stays broken, since reads are repeated, unless it breaks `once`.
   */
  fault: { at: number; when: 'before' | 'after'; once?: boolean } | undefined
  /** Ours and Logto's clock are the same, unless a test says otherwise. Milliseconds. */
  clockSkewMs = 0
  /** Answers to questions, each by a part of the question; an array has those of one question after another. */
  answers: Record<string, string | boolean | string[]> = {}
  readonly asked: string[] = []
  /** What spinners and bars said. */
  readonly progress: string[] = []
  /** What `docker ps` prints; undefined when there is no Docker. */
  dockerPs: string | undefined
  interrupt = () => {}
  started = () => {}

  constructor(readonly cwd: string) {}

  static async create(): Promise<FakeHost> {
    return new FakeHost(await mkdtemp(join(tmpdir(), 'interaqt-logto-cli-')))
  }

  /** Runs a command line. */
  async run(...args: string[]): Promise<{ exitCode: number; output: string; errors: string }> {
    this.output = ''
    this.errors = ''
    this.requests.length = 0
    const exitCode = await main(args, this)
    return { exitCode, output: this.output, errors: this.errors }
  }

  async setup(...args: string[]): Promise<SetupOutput> {
    const { output, errors } = await this.run('setup', '--json', '--yes', ...args)
    const result = JSON.parse(output)
    if (result.error) throw new Error(`${result.error.code}: ${result.error.message} ${errors}`)
    return result
  }

  async doctor(...args: string[]): Promise<DoctorOutput> {
    const { output } = await this.run('doctor', '--json', ...args)
    return JSON.parse(output)
  }

  path(name: string): string {
    return join(this.cwd, name)
  }

  readEnv(): Promise<string> {
    return readFile(this.path('.env'), 'utf8')
  }

  /** Writes `.env`; a new one for its owner alone. */
  writeEnv(text: string): Promise<void> {
    return writeFile(this.path('.env'), text, { mode: 0o600 })
  }

  /** Requests that may have changed something in Logto; asking for a token changes nothing. */
  get writes(): string[] {
    return this.requests
      .filter(({ method, url }) => method !== 'GET' && !url.endsWith('/oidc/token'))
      .map(({ method, url }) => `${method} ${new URL(url).pathname}`)
  }

  remove(): Promise<void> {
    return rm(this.cwd, { recursive: true, force: true })
  }

  write = (text: string) => {
    this.output += text
    this.transcript += text
  }

  writeError = (text: string) => {
    this.errors += text
    this.transcript += text
  }

  now = () => Date.now() + this.clockSkewMs

  fetch: typeof fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input)
    this.requests.push({ method: init?.method ?? 'GET', url })
    const { fault } = this
    const past = fault ? this.requests.length - fault.at : -1
    const isHit = fault?.once ? past === 0 : past >= 0
    if (isHit && fault?.when === 'before') throw new TypeError('fetch failed')
    const response = await fetch(input, init)
    if (isHit) {
      await response.arrayBuffer()
      throw new TypeError('fetch failed')
    }
    return response
  }

  execute = async () => this.dockerPs

  prompts: Prompts = {
    text: async ({ message, initialValue, validate }) => this.#validAnswer(message, validate, initialValue),
    password: async ({ message, validate }) => this.#validAnswer(message, validate),
    confirm: async ({ message, initialValue = true }) => Boolean(this.#answer(message) ?? initialValue),
    progress: (message, steps) => {
      const show = (text: string) => {
        this.transcript += `${text}\n`
        this.progress.push(text)
      }
      show(steps === undefined ? message : `${message} (${steps})`)
      return { advance: show, done: show, failed: show }
    },
  }

  untilInterrupted = () =>
    new Promise<void>((resolve) => {
      this.interrupt = resolve
      this.started()
    })

  /** Asks as a terminal does, again after an answer that is not valid, as long as there is another one. */
  #validAnswer(
    message: string,
    validate: ((value: string) => string | undefined) | undefined,
    initialValue = '',
  ): string {
    for (let before: string | undefined; ; ) {
      const answer = String(this.#answer(message) ?? initialValue)
      const problem = validate?.(answer)
      if (!problem) return answer
      if (answer === before) throw new Error(problem)
      before = answer
    }
  }

  #answer(message: string): string | boolean | undefined {
    this.asked.push(message)
    this.transcript += `${message}\n`
    const answer = Object.entries(this.answers).find(([part]) => message.includes(part))?.[1]
    return Array.isArray(answer) ? answer.shift() : answer
  }
}
