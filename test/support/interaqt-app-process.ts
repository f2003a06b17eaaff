/**
 * The application as a process of its own, to be killed: started with one JSON argument (`ProcessOptions`), it replays
 * what it missed, listens, and does what its parent calls.
 */
import { createServer } from 'node:http'
import { Client } from '../../src/server/index.js'
import { createWebhookHandler, toNodeHandler } from '../../src/webhook/index.js'
import { startApp } from './interaqt-app.js'
import { slowly } from './interaqt-app-logto-slow.js'
import { openPostgres } from './postgres.js'
import type { PostgresAddress } from './start-postgres.js'

export interface ProcessOptions {
  postgres: PostgresAddress
  database: string
  logtoUrl: string
  /** The hook to replay at the start. */
  hookId?: string
  signingKey: string
  port: number
  /** Whether what Logto answers takes a while to come back. */
  isLogtoSlow?: boolean
}

/** What came of a call. */
export interface CallReport {
  /** Deliveries that were replayed. */
  replayed: number
  /** Deliveries or users that could not be applied. */
  failed: number
}

/** What the process can be asked to do. */
export interface ProcessCalls {
  replay(hookId: string): Promise<CallReport>
  reconcile(): Promise<CallReport>
  ensureUser(logtoId: string): Promise<CallReport>
}

export interface CallMessage {
  call: number
  name: keyof ProcessCalls
  argument?: string
}

/** What the process tells its parent. */
export type ProcessMessage =
  | { is: 'ready'; replayed: number }
  | { is: 'answer'; call: number; report: CallReport }
  | { is: 'refusal'; call: number; error: string }
  | { is: 'fault'; kind: string; message: string }

const tell = (message: ProcessMessage) => process.send?.(message)

for (const kind of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(kind, (error: unknown) => {
    tell({ is: 'fault', kind, message: String(error) })
  })
}

const options: ProcessOptions = JSON.parse(process.argv[2] ?? '')
const client = new Client(options.logtoUrl, 'machine', 'secret', 'http://127.0.0.1:4000')
const logto = options.isLogtoSlow ? slowly(client) : client
const { sync } = await startApp(openPostgres(options.postgres, options.database), { logto, install: false })

const calls: ProcessCalls = {
  async replay(hookId) {
    const { failedDeliveries, failed } = await sync.replay({ hookId })
    return { replayed: failedDeliveries, failed }
  },
  async reconcile() {
    const { failed } = await sync.reconcile()
    return { replayed: 0, failed }
  },
  async ensureUser(logtoId) {
    await sync.ensureUser(logtoId)
    return { replayed: 0, failed: 0 }
  },
}

process.on('message', async ({ call, name, argument = '' }: CallMessage) => {
  try {
    tell({ is: 'answer', call, report: await calls[name](argument) })
  } catch (error) {
    tell({ is: 'refusal', call, error: String(error) })
  }
})
const handle = createWebhookHandler({ signingKey: options.signingKey, onAny: (event) => sync.apply(event) })
const { replayed } = options.hookId === undefined ? { replayed: 0 } : await calls.replay(options.hookId)
createServer(toNodeHandler(handle)).listen(options.port, '127.0.0.1', () => tell({ is: 'ready', replayed }))
