import { createServer, type RequestListener, request, type Server } from 'node:http'
import { createWebhookHandler, type LogtoWebhookEvent, toNodeHandler } from '../../src/webhook/index.js'

export interface WebhookListener {
  url: string
  close(): Promise<void>
}

/** A real HTTP server that checks signatures and hands events to the application. */
export async function listenForWebhooks(
  signingKey: string,
  apply: (event: LogtoWebhookEvent) => Promise<unknown>,
  onError: (error: Error) => void = () => {},
): Promise<WebhookListener> {
  return listen(toNodeHandler(createWebhookHandler({ signingKey, onAny: apply, onError })))
}

/** What a load balancer does: hands each delivery, as it came, to the next of the application's processes. */
export async function balanceWebhooks(ports: readonly number[]): Promise<WebhookListener> {
  let count = 0
  return listen((incoming, answer) => {
    const { method, headers } = incoming
    const port = ports[count++ % ports.length]
    const outgoing = request({ host: '127.0.0.1', port, method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502)
      response.pipe(answer)
    })
    outgoing.on('error', () => answer.writeHead(502).end())
    incoming.pipe(outgoing)
  })
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
