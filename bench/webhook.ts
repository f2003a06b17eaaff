import { type ChildProcess, fork } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type InteraqtController, startServer } from '../src/http/index.js'
import { buildWebhookEvent, signWebhookEvent } from '../src/testing/webhooks/webhook-events.js'
import { createWebhookHandler, SIGNATURE_HEADER, toNodeHandler } from '../src/webhook/index.js'
import { verifyRawBody } from '../src/webhook/parse-event.js'
import { parseSignature, parseSigningKeys } from '../src/webhook/signature.js'
import { interleaved, interleavedAll, median, type Round, ratioOf, spreadOf } from './interleaved.js'
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
  const keys = parseSigningKeys(signingKey)
  const calls = 20_000
  const [ours, bare] = await interleaved(
    async () => {
      // Types are compared only for an `onDrift`.
      for (let index = 0; index < calls; index++) {
        verifyRawBody(raw, parseSignature(signature), keys, onDrift)
      }
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

/** The webhook route of startServer, against a route of the same server that reads the body and does nothing. */
async function ownServer(): Promise<void> {
  const controller: InteraqtController = {
    findEventSourceByName: () => undefined,
    dispatch: async () => ({}),
    system: { storage: { findOne: async () => undefined } },
  }
  const server = await startServer(controller, {
    port: 0,
    parseUserId: () => undefined,
    webhook: { signingKey, onAny: () => undefined },
    session: {
      mount: (app) =>
        void app.post('/empty', async (c) => c.body(null, (await c.req.text()) === body ? 200 : 400)),
    },
  })
  const [webhook = [], empty = []] = await loadInTurns([`${server.url}/api/syncUser`, `${server.url}/empty`])
  await server.close()
  report(
    'the whole route of startServer, against one there that reads the body and sends none',
    webhook,
    empty,
  )
}

/** What a route costs that only does what cannot be left out: read the body, HMAC, JSON.parse. */
async function nodeServer(): Promise<void> {
  const webhook = toNodeHandler(createWebhookHandler({ signingKey, onAny: () => undefined, onDrift }))
  const { url, close } = await listen((request, response) => {
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
  const [ours = [], bare = []] = await loadInTurns([`${url}/webhook`, `${url}/bare`])
  close()
  report('toNodeHandler, against a node:http listener with bare HMAC + JSON.parse', ours, bare)
}

async function loadInTurns(urls: string[]): Promise<Round[][]> {
  const load = loadProcess()
  const requests = 5_000
  const rounds = await interleavedAll(
    urls.map((url) => async () => {
      const order = {
        port: portOf(url),
        request: requestTo(new URL(url).pathname),
        connections: 16,
        requests,
      }
      const { statuses } = await loaded(load, order)
      if (statuses['200'] !== requests) throw new Error(`${url} answered ${JSON.stringify(statuses)}`)
      return requests
    }),
    15,
  )
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
  const { url, close } = await listen((request, response) => void webhook(request, response))
  const load = loadProcess()
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 10)
  const order = {
    port: portOf(url),
    request: requestTo('/webhook'),
    connections: deliveries,
    requests: deliveries,
  }
  const { statuses } = await loaded(load, order)
  clearInterval(watch)
  load.kill()
  close()
  const megabytes = (peak - before) / 1024 / 1024
  const isWithin = statuses['200'] === deliveries && megabytes <= boundMb
  if (!isWithin) process.exitCode = 1
  console.log(
    `${deliveries} concurrent deliveries: ${statuses['200'] ?? 0} answered 200, ${megabytes.toFixed(0)} MB more ` +
      `at the peak (at most ${boundMb}): ${isWithin ? 'ok' : 'FAILED'}`,
  )
}

function portOf(url: string): number {
  return Number(new URL(url).port)
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
  return { url: `http://127.0.0.1:${address.port}`, close }
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

function onDrift(): void {
  throw new Error('The bench’s event has drifted')
}

// By CPU time: the load comes from a process of its own, and the clock counts it and the machine's other work too.
function report(what: string, ours: Round[], theirs: Round[], wanted?: number): void {
  const ratio = ratioOf('cpuRate', ours, theirs)
  const [low, high] = spreadOf('cpuRate', ours, theirs)
  const [mine, other] = [ours, theirs].map((rounds) =>
    (1e6 / median(rounds.map(({ cpuRate }) => cpuRate))).toFixed(1),
  )
  const verdict = wanted === undefined ? '' : ` (wanted ${wanted}): ${ratio >= wanted ? 'ok' : 'FAILED'}`
  const spread = `half of ${ours.length} rounds ${low.toFixed(2)} to ${high.toFixed(2)}`
  console.log(`${what}: ${ratio.toFixed(2)}, ${spread}; ${mine} µs to ${other} µs of CPU${verdict}`)
  if (wanted !== undefined && !(ratio >= wanted)) process.exitCode = 1
}
