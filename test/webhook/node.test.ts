import { once } from 'node:events'
import { type Agent, createServer, Agent as HttpAgent, request as httpRequest, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createWebhookHandler,
  type LogtoWebhookEvent,
  toNodeHandler,
  type WebhookHandlerOptions,
} from '../../src/webhook/index.js'
import { exchange, requestHead } from '../support/raw-http.js'
import { eventJson, SIGNING_KEY, signedHeaders } from '../support/webhook-deliveries.js'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function serve(options: Partial<WebhookHandlerOptions> = {}) {
  const events: LogtoWebhookEvent[] = []
  const errors: Error[] = []
  const handle = createWebhookHandler({
    signingKey: SIGNING_KEY,
    onAny: (event) => events.push(event),
    onError: (error) => errors.push(error),
    ...options,
  })
  const server = createServer(toNodeHandler(handle)).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, url: `http://127.0.0.1:${port}/`, events, errors, server }
}

function post(url: string, body: string, agent: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers: signedHeaders(body), agent }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('error', reject).end(body)
  })
}

it('answers a delivery, with the length of its answer', async () => {
  const { url, events } = await serve()
  const response = await fetch(url, {
    method: 'POST',
    headers: signedHeaders(eventJson()),
    body: eventJson(),
  })
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ result: 'applied' })
  expect(response.headers.get('content-length')).toBe('20')
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(events).toHaveLength(1)
})

it('keeps a connection alive over deliveries, refused ones included', async () => {
  const { url, events, server } = await serve()
  let connections = 0
  server.on('connection', () => connections++)
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 })
  try {
    for (const body of [eventJson(), '[]', eventJson({ event: 'PostSignIn' })]) await post(url, body, agent)
  } finally {
    agent.destroy()
  }
  expect(events.map(({ event }) => event)).toEqual(['User.Created', 'PostSignIn'])
  expect(connections).toBe(1)
})

it('takes a chunked body, cut in the middle of a character', async () => {
  const { port, events } = await serve()
  const body = eventJson({ data: { note: 'é👩‍👩‍👧' } })
  const bytes = Buffer.from(body)
  const socket = connect(port, '127.0.0.1')
  const closed = once(socket, 'close')
  socket.write(requestHead({ ...signedHeaders(body), 'transfer-encoding': 'chunked', connection: 'close' }))
  for (let index = 0; index < bytes.length; index += 7) {
    const piece = bytes.subarray(index, index + 7)
    socket.write(`${piece.length.toString(16)}\r\n`)
    socket.write(piece)
    socket.write('\r\n')
  }
  socket.write('0\r\n\r\n')
  socket.resume()
  await closed
  expect(events).toEqual([JSON.parse(body)])
})

it.each([
  ['with its headers', (head: string, body: string) => [head + body]],
  ['after its headers', (head: string, body: string) => [head, body]],
  ['in two halves', (head: string, body: string) => [head + body.slice(0, 40), body.slice(40)]],
])('takes a body that comes %s', async (_, split) => {
  const { port, events } = await serve()
  const body = eventJson({ data: { note: 'x'.repeat(100) } })
  const length = { 'content-length': String(body.length), connection: 'close' }
  const answer = await exchange(port, ...split(requestHead({ ...signedHeaders(body), ...length }), body))
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(events).toEqual([JSON.parse(body)])
})

it('answers deliveries that come at once on one connection, each from its own body', async () => {
  const { port, events } = await serve()
  const requests = ['one', 'two', 'three'].map((note, index, all) => {
    const body = eventJson({ data: { note } })
    const last = index === all.length - 1 ? { connection: 'close' } : {}
    return requestHead({ ...signedHeaders(body), 'content-length': String(body.length), ...last }) + body
  })
  const answer = await exchange(port, requests.join(''))
  expect(answer.match(/HTTP\/1\.1 200 /g)).toHaveLength(3)
  expect(events).toMatchObject(['one', 'two', 'three'].map((note) => ({ data: { note } })))
})

it('lets the request end, for those who wait for it', async () => {
  const { server, url } = await serve()
  const ended: string[] = []
  server.prependListener('request', (request) => {
    request.once('end', () => ended.push('end')).once('close', () => ended.push('close'))
  })
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 })
  try {
    for (const _ of [1, 2]) expect((await post(url, eventJson(), agent)).status).toBe(200)
  } finally {
    agent.destroy()
  }
  await vi.waitFor(() => expect(ended).toEqual(['end', 'close', 'end', 'close']))
})

it('refuses a body that was made into text before, with the way out', async () => {
  const { server, url, errors, events } = await serve()
  server.prependListener('request', (request) => request.setEncoding('latin1'))
  const body = eventJson({ data: { note: 'é' } })
  const response = await fetch(url, { method: 'POST', headers: signedHeaders(body), body })
  expect(response.status).toBe(500)
  expect(errors).toEqual([expect.objectContaining({ code: 'body_already_parsed' })])
  expect(events).toEqual([])
})

it('waits for nothing when the sender has gone before it reads', async () => {
  const errors: Error[] = []
  const handle = createWebhookHandler({ signingKey: SIGNING_KEY, onError: (error) => errors.push(error) })
  const handled = new Promise<void>((resolve) => {
    const server = createServer((request, response) => {
      request.once('close', () => toNodeHandler(handle)(request, response).then(resolve))
    }).listen(0, '127.0.0.1', () => {
      const address = server.address()
      const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1')
      const headers = { ...signedHeaders(eventJson()), 'content-length': '1000' }
      socket.write(requestHead(headers), () => socket.destroy())
    })
    servers.push(server)
  })
  await handled
  expect(errors).toEqual([expect.objectContaining({ code: 'body_aborted' })])
})

it('takes a signature header sent twice for none', async () => {
  const { port, events } = await serve()
  const body = eventJson()
  const signature = signedHeaders(body)['logto-signature-sha-256'] ?? ''
  const twice = requestHead({
    ...signedHeaders(body),
    'Logto-Signature-Sha-256': signature,
    'content-length': String(body.length),
    connection: 'close',
  })
  expect(await exchange(port, twice + body)).toMatch(/^HTTP\/1\.1 401 /)
  expect(events).toEqual([])
})

describe('a body that is too long', () => {
  it('is refused by its announcement, before its first byte', async () => {
    const { port } = await serve()
    const announced = requestHead({ ...signedHeaders(eventJson()), 'content-length': '10485760' })
    const answer = await exchange(port, announced)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  })

  it('is read no further when it was not announced', async () => {
    const { port } = await serve({ maxBodyBytes: 100 })
    const chunked = requestHead({ ...signedHeaders(eventJson()), 'transfer-encoding': 'chunked' })
    const answer = await exchange(port, chunked, `c8\r\n${'x'.repeat(200)}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('of 10 MB reaches no handler', async () => {
    const { url, events } = await serve()
    const body = eventJson({ data: { note: 'x'.repeat(10 * 1024 * 1024) } })
    // The connection is closed on the sender, who may see the answer or only the end.
    const status = await fetch(url, { method: 'POST', headers: signedHeaders(body), body }).then(
      (response) => response.status,
      () => 'closed',
    )
    expect([413, 'closed']).toContain(status)
    expect(events).toEqual([])
  })
})

it('gives up on a body that trickles in, and closes the connection', async () => {
  const { port, events, errors } = await serve({ bodyTimeoutMs: 50 })
  const body = eventJson()
  const slow = requestHead({ ...signedHeaders(body), 'content-length': String(body.length) })
  const answer = await exchange(port, slow, body.slice(0, 5), body.slice(5, 10))
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(events).toEqual([])
  expect(errors).toEqual([expect.objectContaining({ code: 'body_timeout' })])
})

it('an aborted request reaches no handler and harms no later one', async () => {
  const { port, url, events, errors, server } = await serve()
  const body = eventJson()
  const arrived = once(server, 'request')
  const socket = connect(port, '127.0.0.1')
  socket.write(
    requestHead({ ...signedHeaders(body), 'content-length': String(body.length) }) + body.slice(0, 20),
  )
  await arrived
  socket.destroy()
  await vi.waitFor(() => expect(errors).toEqual([expect.objectContaining({ code: 'body_aborted' })]))
  expect((await fetch(url, { method: 'POST', headers: signedHeaders(body), body })).status).toBe(200)
  expect(events).toHaveLength(1)
})

it('a sender that leaves while the handlers work does not stop them', async () => {
  let finish = () => {}
  const working = new Promise<void>((resolve) => {
    finish = resolve
  })
  const started = vi.fn()
  const finished = vi.fn()
  const { port, errors } = await serve({
    onAny: () => {
      started()
      return working.then(finished)
    },
  })
  const body = eventJson()
  const socket = connect(port, '127.0.0.1')
  socket.write(requestHead({ ...signedHeaders(body), 'content-length': String(body.length) }) + body)
  await vi.waitFor(() => expect(started).toHaveBeenCalled())
  socket.destroy()
  finish()
  await vi.waitFor(() => expect(finished).toHaveBeenCalled())
  expect(errors).toEqual([])
})
