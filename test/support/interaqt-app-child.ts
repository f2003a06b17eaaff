import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ProcessMessage, ProcessOptions } from './interaqt-app-process.js'

const FILE = fileURLToPath(new URL('./interaqt-app-process.ts', import.meta.url))

export interface ChildApp {
  /** Deliveries that it replayed when it started. */
  replayed: number
  /** Rejections and exceptions that nobody handled. */
  faults: string[]
  /** What it wrote to stderr. */
  log(): string
  replay(): Promise<{ replayed: number; failed: number }>
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Starts the application as a process of its own, and waits until it listens. */
export async function startChildApp(options: ProcessOptions): Promise<ChildApp> {
  const child = spawn(process.execPath, ['--import', 'tsx', FILE, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let log = ''
  child.stderr?.on('data', (chunk) => {
    log += chunk
  })
  const faults: string[] = []
  child.on('message', (message: ProcessMessage) => {
    if (message.is === 'fault') faults.push(`${message.kind}: ${message.message}`)
  })
  const ready = await messageOf(child, 'ready', () => log)
  return {
    replayed: ready.replayed,
    faults,
    log: () => log,
    async replay() {
      const answer = messageOf(child, 'replayed', () => log)
      child.send('replay')
      return answer
    },
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
    },
  }
}

function messageOf<Kind extends ProcessMessage['is']>(
  child: ChildProcess,
  kind: Kind,
  log: () => string,
): Promise<Extract<ProcessMessage, { is: Kind }>> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`The application's process ended:\n${log()}`))
    const onMessage = (message: ProcessMessage) => {
      if (!isKind(message, kind)) return
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolve(message)
    }
    child.on('message', onMessage)
    child.once('exit', onExit)
  })
}

function isKind<Kind extends ProcessMessage['is']>(
  message: ProcessMessage,
  kind: Kind,
): message is Extract<ProcessMessage, { is: Kind }> {
  return message.is === kind
}
