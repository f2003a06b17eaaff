import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Ports } from './ports.js'

const starter = fileURLToPath(new URL('../starter', import.meta.url))
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000

/** The starter, running as `npm run dev` runs it, on an embedded Logto. */
export interface Application {
  logtoEndpoint: string
  interaqtEndpoint: string
  frontendUrl: string
  /** The machine application, for the Management API. */
  machine: { id: string; secret: string }
  stop(): Promise<void>
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<void>
}

/**
 * How to run the starter in this repository: what its `npm run dev` does. V8 compiles WebAssembly once instead of twice,
 * which makes PGLite ready almost a second sooner.
 */
const IN_PLACE: HowToRun = {
  cwd: starter,
  command: [process.execPath, '--liftoff-only', '--import', 'tsx', 'dev.ts'],
}

export interface HowToRun {
  cwd: string
  command: string[]
  /** Further variables of its environment. */
  env?: Record<string, string>
  /** The command starts further processes, which have to be stopped with it, as npm does. */
  hasChildren?: boolean
}

/**
 * Starts the starter and waits until all of its parts answer.
 *
 * @param log - gets what it prints.
 * @param how - another copy of it, another command, another way to sign in (`LOGIN_MODE`).
 * @throws Error with the last of what it printed, when it ends before that.
 */
export async function startApplication(
  ports: Ports,
  log: (text: string) => void,
  how: Partial<HowToRun> = {},
): Promise<Application> {
  const {
    cwd,
    command: [file = '', ...args],
    hasChildren = false,
    env: further,
  } = { ...IN_PLACE, ...how }
  const logtoEndpoint = `http://127.0.0.1:${ports.logto}`
  const interaqtEndpoint = `http://127.0.0.1:${ports.api}`
  const frontendUrl = `http://127.0.0.1:${ports.frontend}`
  const machine = { id: 'friends-api', secret: randomBytes(16).toString('hex') }
  // Empty values keep a Logto or a database that the shell or a .env file names out of the demo.
  const env = {
    ...process.env,
    NODE_ENV: 'development',
    LOGTO_ENDPOINT: logtoEndpoint,
    LOGTO_SPA_APP_ID: '',
    LOGTO_M2M_APP_ID: machine.id,
    LOGTO_M2M_APP_SECRET: machine.secret,
    LOGTO_WEBHOOK_SIGNING_KEY: '',
    LOGTO_WEBHOOK_ID: '',
    LOGTO_RESOURCE: '',
    INTERAQT_ENDPOINT: interaqtEndpoint,
    FRONTEND_URL: frontendUrl,
    DATABASE_URL: '',
    HOST: '',
    PORT: '',
    ...further,
  }
  // Detached, it leads a process group of its own, which can be signalled as a whole; a Ctrl-C does not reach that.
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: hasChildren })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-4000)
      log(text)
    })
  }
  const ended = once(child, 'close').then(() => {})
  const stop = () => stopAll(child, hasChildren, ended)
  try {
    await waitUntilAllAnswer(
      [`${logtoEndpoint}/oidc/.well-known/openid-configuration`, `${interaqtEndpoint}/ping`, frontendUrl],
      child,
    )
  } catch (error) {
    await stop()
    throw new Error(`${error instanceof Error ? error.message : error}\n${printed}`)
  }
  return { logtoEndpoint, interaqtEndpoint, frontendUrl, machine, stop, ended }
}

async function waitUntilAllAnswer(urls: string[], child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (const url of urls) {
    while (!(await answers(url))) {
      if (child.exitCode !== null) throw new Error('The application ended while it was starting:')
      if (Date.now() > deadline) throw new Error(`${url} did not answer within ${START_TIMEOUT_MS / 1000} s:`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok === true
}

async function stopAll(child: ChildProcess, hasChildren: boolean, ended: Promise<void>): Promise<void> {
  const { pid } = child
  if (!pid || child.exitCode !== null || child.signalCode !== null) return
  const signal = (name: NodeJS.Signals) => process.kill(hasChildren ? -pid : pid, name)
  signal('SIGTERM')
  const deadline = setTimeout(() => signal('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(deadline)
}
