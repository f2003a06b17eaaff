import { once } from 'node:events'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HttpError } from '../../src/http/index.js'
import { SyncError } from '../../src/interaqt/index.js'
import { SessionError } from '../../src/session/index.js'
import { WebhookError } from '../../src/webhook/index.js'

// Express reports what a handler threw, some after the answer.
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** Applications of a user's own, whose GET / throws. They know nothing of this package. */
const FRAMEWORKS: Record<string, (error: Error) => Promise<Response>> = {
  'Fastify 5': async (error) => {
    const app = fastify()
    closing.push(() => app.close())
    app.get('/', async () => {
      throw error
    })
    return fetch(await app.listen({ port: 0, host: '127.0.0.1' }))
  },
  'Express 5': async (error) => {
    const app = express()
    // Express prints stacks into its answers unless this is set.
    app.set('env', 'production')
    app.get('/', async () => {
      throw error
    })
    const server = app.listen(0, '127.0.0.1')
    closing.push(() => new Promise((resolve) => server.close(resolve)))
    await once(server, 'listening')
    const address = server.address()
    return fetch(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  },
  Hono: async (error) => {
    const app = new Hono()
    app.get('/', () => {
      throw error
    })
    return app.request('/')
  },
}

const ERRORS = [
  [new SyncError('user_deleted', 'deleted'), 401, 'www-authenticate', 'Bearer error="invalid_token"'],
  [new SyncError('logto_unavailable', 'away', { retryAfter: 7 }), 503, 'retry-after', '7'],
  [new SessionError('session_ended'), 401, 'www-authenticate', 'Cookie'],
  [new SessionError('logto_unavailable'), 503, 'retry-after', '5'],
  [new WebhookError('method_not_allowed', 'Webhooks come by POST'), 405, 'allow', 'POST'],
  [new WebhookError('answer_timeout', 'late'), 503, 'retry-after', '1'],
  [new HttpError(409, 'taken', 'Taken', { headers: { 'X-Kind': 'name' } }), 409, 'x-kind', 'name'],
] as const
const ROWS = ERRORS.map(([error, ...answer]) => [`${error.name} ${error.code}`, error, ...answer] as const)

describe.each(Object.entries(FRAMEWORKS))('under %s', (_, framework) => {
  it.each(ROWS)('%s answers with its own status and headers', async (_, error, status, header, value) => {
    const response = await framework(error)
    expect([response.status, response.headers.get(header)]).toEqual([status, value])
  })
})

it.each(ROWS)('%s has all header names in lower case', (_, error) => {
  const names = Object.keys(error.headers)
  expect(names).toEqual(names.map((name) => name.toLowerCase()))
  expect(names).not.toEqual([])
})

it('Hono and JSON say the same, without what is for the operator', async () => {
  const error = new SyncError('logto_unavailable', 'http://logto.internal is away')
  const body = await error.getResponse().json()
  expect(body).toEqual(JSON.parse(JSON.stringify(error)))
  expect(JSON.stringify(body)).not.toContain('internal')
})
