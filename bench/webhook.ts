import { type ChildProcess, fork } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createApp, createDataAPI, type InteraqtController } from '../src/http/index.js'
import { buildWebhookEvent, signWebhookEvent } from '../src/testing/webhooks/webhook-events.js'
import { createWebhookHandler, SIGNATURE_HEADER, toNodeHandler, verifyWebhook } from '../src/webhook/index.js'
import { interleaved, median, type Round } from './interleaved.js'
import type { LoadOrder, LoadResult } from './webhook-load.js'

// Measures the webhook entry against what it is made of, in turns: on a busy machine only the ratios mean something.
// npx tsx bench/webhook.ts

const signingKey = 'fjxuU4YbwYlolcSF00G2rYXAODlmrbQ9'
const { body, headers } = deliveryOfBytes(1024)
const signature = headers[SIGNATURE_HEADER] ?? ''

await verification()
await ownServer()
await nodeServer()
await concurrency(5_000)

function deliveryOfBytes(bytes: number) {
  const build = (note: string) =>
    signWebhookEvent(buildWebhookEvent('User.Data.Updated', { customData: { note } }), signingKey)
  return build('x'.repeat(bytes - build('').body.length))
}

async function verification(): Promise<void> {
  const raw = Buffer.from(body)
  const calls = 20_000
  const [ours, bare] = await interleaved(
    async () => {
      for (let index = 0; index < calls; index++) verifyWebhook(raw, signature, signingKey)
      return calls
    },
    async () => {
      for (let index = 0; index < calls; index++) {
        createHmac('sha256', signingKey).update(raw).digest('hex')
        JSON.parse(raw.toString('utf8'))
      }
      return calls
    },
  )
  report(`signature + JSON + schema of ${raw.length} bytes, against bare HMAC + JSON.parse`, ours, bare, 0.5)
}

/** The webhook route of the app that startServer runs, against two that do nothing: one reads its body, one does not. */
async function ownServer(): Promise<void> {
  const controller: InteraqtController = {
    findEventSourceByName: () => undefined,
    dispatch: async () => ({}),
    system: { storage: { findOne: async () => undefined } },
  }
  const api = createDataAPI(() => ({}), { allowAnonymous: true, useNamedParams: true })
  const app = createApp(controller, {
    parseUserId: () => undefined,
    webhook: { signingKey, onAny: () => undefined },
    apis: { empty: api },
  })
  app.post('/nothing', (c) => c.json({}))
  const { port, close } = await listen(getRequestListener(app.fetch))
  const [webhook, empty] = await loadInTurns(port, '/api/syncUser', '/api/empty')
  report('the whole route of createApp, against its empty data API with the same body', webhook, empty, 0.8)
  const [again, nothing] = await loadInTurns(port, '/api/syncUser', '/nothing')
  report('the same, against a route of that app that leaves the body unread', again, nothing)
  close()
}

/** What a route costs that only does what cannot be left out: read the body, HMAC, JSON.parse. */
async function nodeServer(): Promise<void> {
  const webhook = toNodeHandler(createWebhookHandler({ signingKey, onAny: () => undefined }))
  const { port, close } = await listen((request, response) => {
    if (request.url === '/webhook') return void webhook(request, response)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      createHmac('sha256', signingKey).update(raw).digest('hex')
      JSON.parse(raw.toString('utf8'))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 }).end('{}')
    })
  })
  const [ours, bare] = await loadInTurns(port, '/webhook', '/bare')
  close()
  report('toNodeHandler, against a node:http listener with bare HMAC + JSON.parse', ours, bare)
}

async function loadInTurns(port: number, one: string, two: string): Promise<[Round[], Round[]]> {
  const load = loadProcess()
  const requests = 5_000
  const through = (path: string) => async () => {
    const { statuses } = await loaded(load, { port, request: requestTo(path), connections: 16, requests })
    if (statuses['200'] !== requests) throw new Error(`${path} answered ${JSON.stringify(statuses)}`)
    return requests
  }
  const rounds = await interleaved(through(one), through(two))
  load.kill()
  return rounds
}

/** All deliveries are inside their handlers at the same time before the first of them is answered. */
async function concurrency(deliveries: number): Promise<void> {
  const boundMb = 150
  let arrived = 0
  let release = () => {}
  const allArrived = new Promise<void>((resolve) => {
    release = resolve
  })
  const webhook = toNodeHandler(
    createWebhookHandler({
      signingKey,
      onAny: () => {
        if (++arrived === deliveries) release()
        return allArrived
      },
    }),
  )
  const { port, close } = await listen((request, response) => void webhook(request, response))
  const load = loadProcess()
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 10)
  const order = { port, request: requestTo('/webhook'), connections: deliveries, requests: deliveries }
  const { statuses } = await loaded(load, order)
  clearInterval(watch)
  load.kill()
  close()
  const megabytes = (peak - before) / 1024 / 1024
  const verdict = statuses['200'] === deliveries && megabytes <= boundMb ? 'ok' : 'FAILED'
  console.log(
    `${deliveries} concurrent deliveries: ${statuses['200'] ?? 0} answered 200, ${megabytes.toFixed(0)} MB more ` +
      `at the peak (at most ${boundMb}): ${verdict}`,
  )
}

function requestTo(path: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const length = Buffer.byteLength(body)
  return [`POST ${path} HTTP/1.1`, 'host: x', ...lines, `content-length: ${length}`, '', body].join('\r\n')
}

async function listen(listener: Parameters<typeof createServer>[1]) {
  const server = createServer(listener).listen({ port: 0, host: '127.0.0.1', backlog: 8_192 })
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (typeof address !== 'object' || !address) throw new Error('The server has no port')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { port: address.port, close }
}

// A process of its own, so that neither its time nor its memory counts as the server's.
function loadProcess(): ChildProcess {
  return fork(new URL('./webhook-load.ts', import.meta.url), { execArgv: process.execArgv })
}

async function loaded(load: ChildProcess, order: LoadOrder): Promise<LoadResult> {
  load.send(order)
  const [result] = await once(load, 'message')
  return result
}

function report(what: string, ours: Round[], theirs: Round[], wanted?: number): void {
  // Of the pairs, since the machine's other work changes from round to round.
  const ratio = median(ours.map(({ rate }, round) => rate / (theirs[round]?.rate ?? Number.NaN)))
  const rates = [ours, theirs].map((rounds) => Math.round(median(rounds.map(({ rate }) => rate))))
  const verdict = wanted === undefined ? '' : ` (at least ${wanted}): ${ratio >= wanted ? 'ok' : 'FAILED'}`
  console.log(`${what}: ${rates.join(' and ')}/s, ratio ${ratio.toFixed(2)}${verdict}`)
}
