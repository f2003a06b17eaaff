import { once } from 'node:events'
import type { Server } from 'node:http'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AuthError, type AuthErrorCode, ManagementError } from '../../src/server/index.js'

const SECRET_OF_THE_OPERATOR = 'Expected "https://internal.example.com"'

/** Answers GET / by throwing; gives the response as a client sees it. */
type Framework = (error: Error) => Promise<Response>

// Express reports what a handler threw, some after the answer.
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

const withFastify: Framework = async (error) => {
  const app = fastify()
  closing.push(() => app.close())
  app.get('/', async () => {
    throw error
  })
  // As the documentation of AuthError says, for applications that mind what a caller reads.
  app.setErrorHandler((error, _, reply) => {
    if (!(error instanceof AuthError)) throw error
    return reply.code(error.status).headers(error.headers).send(error.toJSON())
  })
  return fetch(await app.listen({ port: 0, host: '127.0.0.1' }))
}

const withPlainFastify: Framework = async (error) => {
  const app = fastify()
  closing.push(() => app.close())
  app.get('/', async () => {
    throw error
  })
  return fetch(await app.listen({ port: 0, host: '127.0.0.1' }))
}

const withExpress: Framework = async (error) => {
  const app = express()
  // Express prints stacks into its answers, and into the console, unless this is set.
  app.set('env', 'production')
  app.get('/', async () => {
    throw error
  })
  const server: Server = app.listen(0, '127.0.0.1')
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  await once(server, 'listening')
  const address = server.address()
  return fetch(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
}

const withHono: Framework = async (error) => {
  const app = new Hono()
  app.get('/', () => {
    throw error
  })
  return app.request('/')
}

const answers: [AuthErrorCode, number, string, string][] = [
  ['token_missing', 401, 'www-authenticate', 'Bearer'],
  [
    'token_expired',
    401,
    'www-authenticate',
    'Bearer error="invalid_token", error_description="The access token expired"',
  ],
  [
    'machine_token_not_allowed',
    403,
    'www-authenticate',
    'Bearer error="insufficient_scope", error_description="A token of a user is required"',
  ],
  ['keys_unavailable', 503, 'retry-after', '1'],
]

describe.each([
  ['Fastify', withFastify],
  ['Fastify with its own error handler', withPlainFastify],
  ['Express', withExpress],
  ['Hono', withHono],
])('an AuthError thrown under %s', (name, framework) => {
  it.each(answers)('%s is %i with %s', async (code, status, header, value) => {
    const response = await framework(new AuthError(code, SECRET_OF_THE_OPERATOR))
    expect(response.status).toBe(status)
    expect(response.headers.get(header)).toBe(value)
    if (framework !== withPlainFastify) expect(await response.text()).not.toContain('internal.example.com')
  })

  it('a ManagementError is 502 or 503, never what Logto said to us', async () => {
    if (name === 'Hono') return
    const error = new ManagementError('client_secret_invalid', 'Wrong secret', { logtoStatus: 401 })
    expect((await framework(error)).status).toBe(502)
    const limited = await framework(new ManagementError('rate_limited', 'Slow down', { retryAfter: 7 }))
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([503, '7'])
  })
})

it('says the same in JSON', () => {
  const error = new AuthError('audience_mismatch', SECRET_OF_THE_OPERATOR)
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    error: { code: 'audience_mismatch', message: 'The access token is for another service' },
  })
})
