import { createServer, type RequestListener, type Server } from 'node:http'
import { createWebhookHandler, type LogtoWebhookEvent, toNodeHandler } from '../../src/webhook/index.js'

export interface WebhookListener {
  url: string
  close(): Promise<void>
}

/** A real HTTP server that checks signatures and hands events to its applications, each delivery to the next one. */
export async function listenForWebhooks(
  signingKey: string,
  apply: readonly ((event: LogtoWebhookEvent) => Promise<unknown>)[],
  onError: (error: Error) => void = () => {},
): Promise<WebhookListener> {
  let count = 0
  const handle = createWebhookHandler({
    signingKey,
    onAny: (event) => apply[count++ % apply.length]?.(event),
    onError,
  })
  return listen(toNodeHandler(handle))
}

/** Listens on a free port of loopback. */
async function listen(listener: RequestListener): Promise<WebhookListener> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: urlOf(server), close: () => close(server) }
}

function urlOf(server: Server): string {
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
