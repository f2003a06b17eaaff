import { createServer, type Server } from 'node:http'
import type { InteractionController } from '../interaqt/interaqt-model.js'
import { checkOptions } from '../logto/check-options.js'
import { isLoopback } from '../logto/loopback.js'
import { integer, type OptionRules, required, STRING } from '../logto/option-rules.js'
import { APP_RULES, type AppOptions, CONTROLLER_RULES, createApp } from './app.js'
import type { DataAPIs } from './data-api.js'
import { getRequestListener } from './hono-peer.js'

const LOOPBACK = '127.0.0.1'

/** Options of `startServer`. */
export interface ServerOptions extends AppOptions {
  /** TCP port; 0 takes a free one. */
  port: number
  /** Address to listen on. Default `127.0.0.1`, this machine alone; `0.0.0.0` for a container. */
  host?: string
}

const PORT = integer(0, 65_535)

export const SERVER_RULES = {
  ...APP_RULES,
  port: required({ ...PORT, expected: `${PORT.expected}, such as Number(process.env.PORT)` }),
  host: STRING,
} satisfies OptionRules<ServerOptions>

/** A listening server. */
export interface RunningServer {
  /** Base URL without trailing slash, with the real port. */
  url: string
  /**
   * Stops taking connections, lets requests in flight finish, ends every connection. It can be the handler of a signal.
   *
   * @param options.graceMs - milliseconds until requests in flight are cut off; default 5000.
   * @throws TypeError for an option that is unknown or of another type.
   */
  close(options?: CloseOptions): Promise<void>
}

interface CloseOptions {
  graceMs?: number
}

// Milliseconds of a timer, which would go off at once beyond its maximum.
const CLOSE_RULES = { graceMs: integer(0, 2 ** 31 - 1) } satisfies OptionRules<CloseOptions>

/** The server could not listen. */
export class ListenError extends Error {
  override name = 'ListenError'

  /** `port_in_use`, `port_forbidden`, or `listen_failed` with the system's error as `cause`. */
  constructor(
    readonly code: 'port_in_use' | 'port_forbidden' | 'listen_failed',
    message: string,
    options: { cause: unknown },
  ) {
    super(message, options)
  }
}

/**
 * Serves a controller over HTTP on Node; see `createApp` for the routes.
 *
 * When `parseUserId` believes a header without proof (`devUserIdHeader`), it listens on this machine alone and refuses
 * any other `host`.
 *
 * @param apis - data APIs, as in Interaqt 0.8; `options.apis` does the same.
 * @returns when it is listening.
 * @throws ListenError `port_in_use`, `port_forbidden`, `listen_failed`; TypeError for a forbidden `host`, and as
 * `createApp`.
 * @throws What `sync` finds wrong with its model or the database: SyncError `not_attached`, `schema_mismatch`,
 * `model_incomplete`, `database_unavailable`.
 *
 * @example
 * const server = await startServer(controller, { port: 4000, parseUserId: createParseUserId(logto), sync }, apis)
 * process.once('SIGTERM', () => server.close())
 */
export async function startServer(
  controller: InteractionController,
  options: ServerOptions,
  apis: DataAPIs = {},
): Promise<RunningServer> {
  checkOptions('startServer', { controller }, CONTROLLER_RULES)
  checkOptions('startServer', options, SERVER_RULES)
  checkOptions('startServer', { apis }, { apis: APP_RULES.apis })
  const { port, host: _, ...appOptions } = options
  const host = hostOf(options)
  const app = createApp(controller, { ...appOptions, apis: { ...options.apis, ...apis } })
  if (options.sync) await options.sync.checkDatabase?.()
  // The adaptor would replace the process's own Request and Response: not ours to change.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const server = createServer(listener)
  await listen(server, port, host)
  return { url: urlOf(server, host), close: async (options) => close(server, graceMsOf(options)) }
}

function hostOf({ host = LOOPBACK, parseUserId }: ServerOptions): string {
  if (!parseUserId.loopbackOnly || isLoopback(host)) return host
  throw new TypeError(
    `startServer: parseUserId believes a header without proof (devUserIdHeader), so it serves this machine only; ` +
      `host must be ${LOOPBACK}, got ${host}`,
  )
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenErrorOf(cause, port, host)))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function listenErrorOf(cause: NodeJS.ErrnoException, port: number, host: string): ListenError {
  const failed = (code: ListenError['code'], message: string) => new ListenError(code, message, { cause })
  const address = `port ${port} of ${host}`
  switch (cause.code) {
    case 'EADDRINUSE':
      return failed('port_in_use', `Another process listens on ${address}: stop it, or choose another port.`)
    case 'EACCES':
      return failed('port_forbidden', `This user may not listen on ${address}: choose a port above 1023.`)
    default:
      return failed('listen_failed', `Cannot listen on ${address}: ${cause.message}`)
  }
}

// An address that means "all" cannot be dialled.
function urlOf(server: Server, host: string): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server has no TCP address')
  const name = host === '0.0.0.0' || host === '::' ? LOOPBACK : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`
}

function graceMsOf(given: CloseOptions | NodeJS.Signals = {}): number {
  // `process.once('SIGTERM', server.close)` passes the name of the signal.
  const options = typeof given === 'string' ? {} : given
  checkOptions('close', options, CLOSE_RULES)
  return options.graceMs ?? 5_000
}

async function close(server: Server, graceMs: number): Promise<void> {
  // A connection that is busy now falls idle with its answer, and would then wait for the next request.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs)
  try {
    await new Promise<void>((resolve) => {
      // Its one error is "not running": closing twice is fine.
      server.close(() => resolve())
      server.closeIdleConnections()
    })
  } finally {
    clearInterval(sweep)
    clearTimeout(deadline)
  }
}
