import { createServer, type IncomingHttpHeaders } from 'node:http'
import { verifyWebhook } from '../../src/webhook/index.js'

const LOOPBACK = '127.0.0.1'

/** A delivery as it arrived. */
export interface ReceivedWebhook {
  path: string
  headers: IncomingHttpHeaders
  body: string
  event: Record<string, unknown>
  receivedAt: number
}

/** How the receiver answers: a status, a reset connection, a redirect, or an answer later or when it is let. */
export type ReceiverAnswer =
  | number
  | 'reset'
  | { redirectTo: string }
  | { afterMs: number }
  | { when: Promise<void> }

/** A listener for webhooks on a port of its own. */
export interface WebhookReceiver {
  url: string
  received: ReceivedWebhook[]
  /** Answers deliveries whose body contains `marker` like this. */
  answer(marker: string, answer: ReceiverAnswer): void
  /** The first delivery that fits, also when it comes later. */
  wait(fits: (delivery: ReceivedWebhook) => boolean, what: string): Promise<ReceivedWebhook>
  /** Whether the signature of a delivery is that of the key. */
  isSigned(delivery: ReceivedWebhook, signingKey: string): boolean
  close(): Promise<void>
}

/** Starts a receiver. `LOGTO_WEBHOOK_HOST` is the name by which Logto reaches this machine; default 127.0.0.1. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = []
  const answers = new Map<string, ReceiverAnswer>()
  const listeners = new Set<() => void>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const path = request.url ?? ''
      const event = body.startsWith('{') ? JSON.parse(body) : {}
      received.push({ path, headers: request.headers, body, event, receivedAt: Date.now() })
      for (const listener of listeners) listener()
      const answer = [...answers].find(([marker]) => body.includes(marker))?.[1] ?? 200
      if (answer === 'reset') request.socket.destroy()
      else if (typeof answer === 'number') response.writeHead(answer).end('{"seen":true}')
      else if ('redirectTo' in answer) response.writeHead(302, { location: answer.redirectTo }).end()
      else if ('when' in answer) void answer.when.then(() => response.end('{"seen":true}'))
      else setTimeout(() => response.end('{"seen":true}'), answer.afterMs)
    })
  })
  const host = process.env.LOGTO_WEBHOOK_HOST
  // Other machines and containers reach it only when the environment says that one of them is the Logto.
  await new Promise<void>((resolve) => server.listen(0, host ? '0.0.0.0' : LOOPBACK, resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://${host || LOOPBACK}:${port}/hook`,
    received,
    answer: (marker, answer) => answers.set(marker, answer),
    wait: (fits, what) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = received.find(fits)
          if (!found) return
          stop()
          resolve(found)
        }
        const timer = setTimeout(() => {
          stop()
          reject(new Error(`no webhook arrived: ${what}`))
        }, 5000)
        const stop = () => {
          clearTimeout(timer)
          listeners.delete(look)
        }
        listeners.add(look)
        look()
      }),
    isSigned: (delivery, signingKey) => {
      const signature = delivery.headers['logto-signature-sha-256']
      try {
        verifyWebhook(delivery.body, typeof signature === 'string' ? signature : null, signingKey)
        return true
      } catch {
        return false
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
