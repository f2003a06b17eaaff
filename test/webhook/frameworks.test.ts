import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { serve as serveHono } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { createWebhookHandler, toNodeHandler, type WebhookHandler } from '../../src/webhook/index.js'
import { exchange, requestHead } from '../support/raw-http.js'
import { eventJson, SIGNING_KEY, signedHeaders } from '../support/webhook-deliveries.js'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Listening {
  on(event: 'listening', listener: () => void): unknown
  address(): AddressInfo | string | null
  close(done: () => void): unknown
}

async function urlOf(server: Listening): Promise<string> {
  closing.push(() => new Promise<void>((resolve) => server.close(resolve)))
  if (!server.address()) await new Promise<void>((resolve) => server.on('listening', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

/** Where each framework mounts the handler, as docs/webhooks.md shows it; and another route that needs parsed JSON. */
const MOUNTS: Record<string, (handle: WebhookHandler) => Promise<string>> = {
  Hono: async (handle) => {
    const app = new Hono()
    app.post('/api/syncUser', (c) => handle(c.req.raw))
    app.post('/echo', async (c) => c.json(await c.req.json()))
    return urlOf(serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }))
  },
  'Fastify 5': async (handle) => {
    const app = fastify()
    app.register(async (webhooks) => {
      webhooks.removeAllContentTypeParsers()
      webhooks.addContentTypeParser('*', (_request, _payload, done) => done(null))
      webhooks.post('/api/syncUser', (request, reply) => {
        reply.hijack()
        return toNodeHandler(handle)(request.raw, reply.raw)
      })
    })
    app.post('/echo', async (request) => request.body)
    closing.push(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },
  'Express 5, before the body parser': async (handle) => {
    const app = express()
    app.post('/api/syncUser', toNodeHandler(handle))
    app.use(express.json())
    app.post('/echo', (request, response) => void response.json(request.body))
    return urlOf(app.listen(0, '127.0.0.1'))
  },
  'Express 5, with a raw body parser': async (handle) => {
    const app = express()
    app.post('/api/syncUser', express.raw({ type: '*/*', limit: '5mb' }), toNodeHandler(handle))
    app.use(express.json())
    app.post('/echo', (request, response) => void response.json(request.body))
    return urlOf(app.listen(0, '127.0.0.1'))
  },
}

function recorder(options: { maxBodyBytes?: number; bodyTimeoutMs?: number } = {}) {
  const events: unknown[] = []
  const errors: Error[] = []
  const handle = createWebhookHandler({
    signingKey: SIGNING_KEY,
    onAny: (event) => events.push(event),
    onError: (error) => errors.push(error),
    ...options,
  })
  return { handle, events, errors }
}

function portOf(base: string): number {
  return Number(new URL(base).port)
}

function deliver(base: string, body: string, headers = signedHeaders(body)): Promise<Response> {
  return fetch(`${base}/api/syncUser`, { method: 'POST', headers, body })
}

describe.each(Object.entries(MOUNTS))('%s', (_, mount) => {
  it('passes the raw body on', async () => {
    const { handle, events } = recorder()
    const base = await mount(handle)
    const body = `${eventJson({ data: { note: '👩‍👩‍👧 é', '2': 'b', '1': 'a' } })}\n`
    const response = await deliver(base, body)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ result: 'applied' })
    expect(events).toEqual([JSON.parse(body)])
  })

  it('refuses a wrong signature, other methods and a body that is too long', async () => {
    const { handle, events } = recorder({ maxBodyBytes: 1_000 })
    const base = await mount(handle)
    expect((await deliver(base, eventJson(), signedHeaders('another body'))).status).toBe(401)
    expect((await deliver(base, eventJson(), {})).status).toBe(401)
    expect((await deliver(base, eventJson({ data: 'x'.repeat(2_000) }))).status).toBe(413)
    expect([404, 405]).toContain((await fetch(`${base}/api/syncUser`)).status)
    expect(events).toEqual([])
  })

  it('takes a chunked body', async () => {
    const { handle, events } = recorder()
    const base = await mount(handle)
    const body = eventJson()
    const headers = { ...signedHeaders(body), 'transfer-encoding': 'chunked', connection: 'close' }
    const chunks = [body.slice(0, 10), body.slice(10), ''].map(
      (chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`,
    )
    const answer = await exchange(portOf(base), requestHead(headers, '/api/syncUser'), ...chunks)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(events).toHaveLength(1)
  })

  it('an aborted request reaches no handler and harms no later one', async () => {
    const { handle, events } = recorder()
    const base = await mount(handle)
    const body = eventJson()
    const socket = connect(portOf(base), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(requestHead({ ...signedHeaders(body), 'content-length': '200' }, '/api/syncUser') + body)
    socket.destroySoon()
    await once(socket, 'close')
    expect((await deliver(base, body)).status).toBe(200)
    expect(events).toHaveLength(1)
  })

  it('serves several deliveries at once over connections that stay open', async () => {
    const { handle, events } = recorder()
    const base = await mount(handle)
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async () => (await deliver(base, eventJson())).status),
    )
    expect(statuses).toEqual(Array(30).fill(200))
    expect(events).toHaveLength(30)
  })

  it('leaves other routes their parsed JSON', async () => {
    const base = await mount(recorder().handle)
    const response = await fetch(`${base}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    })
    expect(await response.json()).toEqual({ a: 1 })
  })
})

// A body parser in front of the handler waits by its own rules.
const READING = Object.entries(MOUNTS).filter(([name]) => !name.includes('raw body parser'))

it.each(READING)('%s gives up on a body that trickles in', async (_, mount) => {
  const { handle, events } = recorder({ bodyTimeoutMs: 50 })
  const base = await mount(handle)
  const body = eventJson()
  const head = requestHead({ ...signedHeaders(body), 'content-length': '200' }, '/api/syncUser')
  const answer = await exchange(portOf(base), head, body.slice(0, 5), body.slice(5, 10))
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(events).toEqual([])
})

describe('a body that the framework parsed first is an error that names the way out:', () => {
  it('Express', async () => {
    const { handle, errors } = recorder()
    const app = express()
    app.use(express.json())
    app.post('/api/syncUser', toNodeHandler(handle))
    const response = await deliver(await urlOf(app.listen(0, '127.0.0.1')), eventJson())
    expect(response.status).toBe(500)
    expect(errors[0]?.message).toContain('before express.json()')
  })

  it('Fastify', async () => {
    const { handle, errors } = recorder()
    const app = fastify()
    app.post('/api/syncUser', (request, reply) => {
      reply.hijack()
      return toNodeHandler(handle)(request.raw, reply.raw)
    })
    closing.push(() => app.close())
    const response = await deliver(await app.listen({ port: 0, host: '127.0.0.1' }), eventJson())
    expect(response.status).toBe(500)
    expect(errors[0]?.message).toContain('removeAllContentTypeParsers()')
  })

  it('Hono', async () => {
    const { handle, errors } = recorder()
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.json()
      await next()
    })
    app.post('/api/syncUser', (c) => handle(c.req.raw))
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    const response = await deliver(await urlOf(server), eventJson())
    expect(response.status).toBe(500)
    expect(errors[0]?.message).toContain('c.req.raw before')
  })
})
