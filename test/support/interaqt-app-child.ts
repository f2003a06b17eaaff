import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type {
  CallMessage,
  CallReport,
  ProcessCalls,
  ProcessMessage,
  ProcessOptions,
} from './interaqt-app-process.js'

const FILE = fileURLToPath(new URL('./interaqt-app-process.ts', import.meta.url))

export interface ChildApp extends ProcessCalls {
  /** Deliveries that it replayed when it started. */
  replayed: number
  /** Rejections and exceptions that nobody handled. */
  faults: string[]
  /** What it wrote to stderr. */
  log(): string
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
  const waiting = new Map<number, { resolve(report: CallReport): void; reject(error: Error): void }>()
  let count = 0

  const ready = new Promise<number>((resolve, reject) => {
    child.on('message', (message: ProcessMessage) => {
      if (message.is === 'ready') resolve(message.replayed)
      if (message.is === 'fault') faults.push(`${message.kind}: ${message.message}`)
      if (message.is === 'answer') waiting.get(message.call)?.resolve(message.report)
      if (message.is === 'refusal') waiting.get(message.call)?.reject(new Error(message.error))
      if ('call' in message) waiting.delete(message.call)
    })
    child.once('exit', () => {
      const error = new Error(`The application's process ended:\n${log}`)
      reject(error)
      for (const call of waiting.values()) call.reject(error)
    })
  })

  const call = (name: keyof ProcessCalls, argument?: string) =>
    new Promise<CallReport>((resolve, reject) => {
      const message: CallMessage = { call: ++count, name, ...(argument === undefined ? {} : { argument }) }
      waiting.set(message.call, { resolve, reject })
      child.send(message)
    })

  return {
    replayed: await ready,
    faults,
    log: () => log,
    replay: (hookId) => call('replay', hookId),
    reconcile: () => call('reconcile'),
    ensureUser: (logtoId) => call('ensureUser', logtoId),
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
    },
  }
}
