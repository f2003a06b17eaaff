/**
 * The application as a process of its own, to be killed: started with one JSON argument (`ProcessOptions`), it replays
 * what it missed, listens, and answers the parent's messages.
 */
import { createServer } from 'node:http'
import { Client } from '../../src/server/index.js'
import { createWebhookHandler, toNodeHandler } from '../../src/webhook/index.js'
import { startApp } from './interaqt-app.js'
import { openPostgres } from './postgres.js'
import type { PostgresAddress } from './postgres-global.js'

export interface ProcessOptions {
  postgres: PostgresAddress
  database: string
  logtoUrl: string
  hookId: string
  signingKey: string
  port: number
}

/** What the process tells its parent. */
export type ProcessMessage =
  | { is: 'ready'; replayed: number }
  | { is: 'replayed'; failed: number; replayed: number }
  | { is: 'fault'; kind: string; message: string }

const tell = (message: ProcessMessage) => process.send?.(message)

for (const kind of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(kind, (error: unknown) => {
    tell({ is: 'fault', kind, message: String(error) })
  })
}

const options: ProcessOptions = JSON.parse(process.argv[2] ?? '')
const logto = new Client(options.logtoUrl, 'machine', 'secret', 'http://127.0.0.1:4000')
const app = await startApp(openPostgres(options.postgres, options.database), { logto, install: false })

async function replay() {
  const { failedDeliveries, failed } = await app.sync.replay({ hookId: options.hookId })
  return { replayed: failedDeliveries, failed }
}

process.on('message', async () => {
  try {
    tell({ is: 'replayed', ...(await replay()) })
  } catch (error) {
    console.error(error)
    tell({ is: 'replayed', replayed: 0, failed: 1 })
  }
})
const handle = createWebhookHandler({
  signingKey: options.signingKey,
  onAny: (event) => app.sync.apply(event),
})
const { replayed } = await replay()
createServer(toNodeHandler(handle)).listen(options.port, '127.0.0.1', () => tell({ is: 'ready', replayed }))
