import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { fetchJson } from '../../src/server/fetch-json.js'

const URL_OF_LOGTO = 'http://logto/oidc/jwks'
const ask = (response: unknown, maxBytes?: number) => {
  const fetch = async () => response
  return Reflect.apply(fetchJson, undefined, [URL_OF_LOGTO, { timeoutMs: 1_000, maxBytes, fetch }])
}

describe('fetchJson', () => {
  it('returns status, headers and body', async () => {
    const answer = await ask(Response.json({ a: 1 }, { status: 404, headers: { x: 'y' } }))
    expect(answer).toMatchObject({ status: 404, body: { a: 1 } })
    expect(answer.headers.get('x')).toBe('y')
  })

  it.each([
    ['no body', new Response(null, { status: 204 })],
    ['an empty one', new Response('')],
    ['a web page', new Response('<!doctype html>')],
    ['half of an object', new Response('{"a":')],
  ])('has no body for %s', async (_, response) => {
    expect((await ask(response)).body).toBeUndefined()
  })

  it('skips a byte order mark, as text() does', async () => {
    expect((await ask(new Response('\ufeff{"a":1}'))).body).toEqual({ a: 1 })
  })

  it('reads the body of node-fetch, a stream of Node, up to the limit too', async () => {
    const answerOf = (body: Readable) => ({ status: 200, headers: new Headers(), body })
    expect((await ask(answerOf(Readable.from([Buffer.from('{"a"'), Buffer.from(':1}')])))).body).toEqual({
      a: 1,
    })
    let pieces = 0
    const endless = Readable.from(
      (function* () {
        for (;;) {
          pieces++
          yield Buffer.alloc(1_000)
        }
      })(),
    )
    await expect(ask(answerOf(endless), 10_000)).rejects.toThrow(
      `${URL_OF_LOGTO} answered with more than 10000 bytes`,
    )
    // What Node's stream had read ahead.
    expect(pieces).toBeLessThan(100)
  })

  it('refuses a body whose length cannot be told', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue('{"a":1}')
        controller.close()
      },
    })
    await expect(ask({ status: 200, headers: new Headers(), body })).rejects.toThrow('no stream of bytes')
  })
})
