import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createWebhookHandler,
  type LogtoWebhookEvent,
  WebhookError,
  type WebhookHandlerOptions,
} from '../../src/webhook/index.js'
import { eventJson, SIGNING_KEY, signedHeaders, signedRequest } from '../support/webhook-deliveries.js'
import { requestOf, webhookRecording } from '../support/webhook-recordings.js'

// Fetch asks for it with a streamed body; the DOM's types do not know it.
const STREAMED = { duplex: 'half' }
const URL = 'http://127.0.0.1:4000/api/syncUser'

function handlerWith(options: Partial<WebhookHandlerOptions> = {}) {
  const failures: { error: Error; event: LogtoWebhookEvent | undefined }[] = []
  const handle = createWebhookHandler({
    signingKey: SIGNING_KEY,
    onAny: () => undefined,
    onError: (error, event) => failures.push({ error, event }),
    ...options,
  })
  return { handle, failures }
}

async function answerOf(response: Response) {
  return { status: response.status, json: await response.json() }
}

describe('an accepted delivery', () => {
  it('reaches the handler of its event and the one of every event, in that order from general to special', async () => {
    const calls: string[] = []
    const { handle } = handlerWith({
      on: {
        'User.Created': (event) => calls.push(`on ${event.event}`),
        'User.Deleted': () => calls.push('never'),
      },
      onAny: async (event) => {
        await Promise.resolve()
        calls.push(`any ${event.event}`)
      },
    })
    expect(await answerOf(await handle(signedRequest()))).toEqual({
      status: 200,
      json: { result: 'applied' },
    })
    expect(calls).toEqual(['any User.Created', 'on User.Created'])
  })

  it.each(['TrustedDevice.Created', 'constructor', 'hasOwnProperty', '__proto__'])(
    'of the unknown event %s reaches onAny alone',
    async (event) => {
      const seen: string[] = []
      const { handle } = handlerWith({ onAny: (received) => seen.push(received.event) })
      expect((await handle(signedRequest(eventJson({ event })))).status).toBe(200)
      expect(seen).toEqual([event])
    },
  )

  it('that nobody listens to is ignored with 200', async () => {
    const { handle } = handlerWith({ onAny: undefined, on: { 'User.Created': undefined } })
    expect(await answerOf(await handle(signedRequest()))).toEqual({
      status: 200,
      json: { result: 'ignored' },
    })
  })

  it('that is the console’s test changes nothing and is 200', async () => {
    const onAny = vi.fn()
    for (const file of ['0209-hooktest-User.Deleted.json', '0211-hooktest500-PostRegister.json']) {
      const recording = webhookRecording(file)
      const { handle } = handlerWith({ signingKey: recording.signingKey, onAny })
      expect(await answerOf(await handle(requestOf(recording)))).toEqual({
        status: 200,
        json: { result: 'test' },
      })
    }
    expect(onAny).not.toHaveBeenCalled()
  })

  it.each(['application/json', 'text/plain', 'application/vnd.custom+json', undefined])(
    'may have the content type %s, which a hook can set',
    async (type) => {
      const { handle } = handlerWith()
      const headers = new Headers(signedHeaders(eventJson()))
      if (type) headers.set('content-type', type)
      else headers.delete('content-type')
      expect((await handle(new Request(URL, { method: 'POST', headers, body: eventJson() }))).status).toBe(
        200,
      )
    },
  )

  it('with drift is handled, and the drift reported', async () => {
    const onDrift = vi.fn()
    const { handle } = handlerWith({ onDrift })
    expect((await handle(signedRequest(eventJson({ ip: 1 })))).status).toBe(200)
    expect(onDrift).toHaveBeenCalledWith({
      event: expect.objectContaining({ event: 'User.Created' }),
      fields: [{ path: 'ip', message: expect.stringContaining('string') }],
    })
  })

  it('is handled although onDrift throws', async () => {
    const thrown = new Error('metrics are down')
    const { handle, failures } = handlerWith({
      onDrift: () => {
        throw thrown
      },
    })
    expect((await handle(signedRequest(eventJson({ ip: 1 })))).status).toBe(200)
    expect(failures.map(({ error }) => error)).toEqual([thrown])
  })
})

describe('a refused request', () => {
  const body = eventJson()
  const post = (headers: Record<string, string>, text: string | undefined = body) =>
    new Request(URL, { method: 'POST', headers, ...(text !== undefined && { body: text }) })
  const signed = signedHeaders(body)
  const huge = 'x'.repeat(10 * 1024 * 1024)

  it.each<[string, () => Request, number, string]>([
    ['GET', () => new Request(URL), 405, 'method_not_allowed'],
    ['PUT', () => new Request(URL, { method: 'PUT', headers: signed, body }), 405, 'method_not_allowed'],
    ['without signature', () => post({}), 401, 'signature_missing'],
    [
      'with a doubled signature',
      () => {
        const request = post(signed)
        request.headers.append('logto-signature-sha-256', signed['logto-signature-sha-256'] ?? '')
        return request
      },
      401,
      'signature_malformed',
    ],
    ['with a wrong key', () => post(signedHeaders(body, 'another-key')), 401, 'signature_mismatch'],
    ['with an empty body', () => post(signedHeaders(''), ''), 400, 'json_invalid'],
    ['with an empty body, unsigned', () => post({}, ''), 401, 'signature_missing'],
    ['with an array', () => post(signedHeaders('[]'), '[]'), 400, 'event_invalid'],
    [
      'with a gzip body',
      () => post({ ...signed, 'content-encoding': 'gzip' }),
      415,
      'content_encoding_unsupported',
    ],
    ['with 10 MB', () => post(signedHeaders(huge), huge), 413, 'body_too_large'],
    ['announced too long', () => post({ ...signed, 'content-length': '10485760' }), 413, 'body_too_large'],
  ])('%s', async (_, request, status, code) => {
    const onAny = vi.fn()
    const { handle, failures } = handlerWith({ onAny })
    const response = await handle(request())
    expect(await answerOf(response)).toEqual({
      status,
      json: { error: { code, message: expect.any(String) } },
    })
    expect(response.headers.get('allow')).toBe(status === 405 ? 'POST' : null)
    expect(onAny).not.toHaveBeenCalled()
    expect(failures).toEqual([{ error: expect.any(WebhookError), event: undefined }])
  })

  it('tells nothing of this server’s own mistakes, but onError hears them', async () => {
    const { handle, failures } = handlerWith()
    const request = signedRequest()
    await request.json()
    expect(await answerOf(await handle(request))).toEqual({
      status: 500,
      json: { error: { code: 'internal', message: expect.any(String) } },
    })
    expect(failures[0]?.error).toMatchObject({ code: 'body_already_parsed' })
    expect(failures[0]?.error.message).toContain('c.req.raw')
  })

  it('is read no further than the longest body', async () => {
    let pulled = 0
    const cancelled = vi.fn()
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1024
          controller.enqueue(new Uint8Array(1024))
        },
        cancel: cancelled,
      },
      { highWaterMark: 0 },
    )
    const { handle } = handlerWith({ maxBodyBytes: 10 * 1024 })
    const request = new Request(URL, { method: 'POST', headers: signed, body: endless, ...STREAMED })
    expect((await handle(request)).status).toBe(413)
    expect(pulled).toBeLessThanOrEqual(12 * 1024)
    expect(cancelled).toHaveBeenCalled()
  })

  it('is not read at all without a well-formed signature', async () => {
    const { handle } = handlerWith()
    const request = post({ 'logto-signature-sha-256': 'nonsense' })
    expect((await handle(request)).status).toBe(401)
    expect(request.bodyUsed).toBe(false)
  })

  it('that breaks off is 400', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('connection lost')),
    })
    const { handle } = handlerWith()
    const request = new Request(URL, { method: 'POST', headers: signed, body: broken, ...STREAMED })
    expect(await answerOf(await handle(request))).toMatchObject({
      status: 400,
      json: { error: { code: 'body_aborted' } },
    })
  })

  it('has no body at all', async () => {
    const { handle } = handlerWith()
    expect((await handle(new Request(URL, { method: 'POST', headers: signedHeaders('') }))).status).toBe(400)
  })
})

describe('a body in pieces', () => {
  it('is put together byte by byte, also in the middle of a character', async () => {
    const body = Buffer.from(eventJson({ data: { note: '👩‍👩‍👧' } }))
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of body) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    const seen: unknown[] = []
    const { handle } = handlerWith({ onAny: (event) => seen.push(event) })
    const request = new Request(URL, {
      method: 'POST',
      headers: signedHeaders(body),
      body: pieces,
      ...STREAMED,
    })
    expect((await handle(request)).status).toBe(200)
    expect(seen).toEqual([JSON.parse(body.toString())])
  })
})

describe('handlers', () => {
  it('are called one after the other, whether there is something to wait for or not', async () => {
    const calls: string[] = []
    const later = async (call: string) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      calls.push(call)
    }
    const sync = (call: string) => void calls.push(call)
    for (const [first, second] of [
      [sync, sync],
      [sync, later],
      [later, sync],
      [later, later],
    ] as const) {
      calls.length = 0
      const { handle } = handlerWith({
        onAny: () => first('any'),
        on: { 'User.Created': () => second('its own') },
      })
      expect((await handle(signedRequest())).status).toBe(200)
      expect(calls).toEqual(['any', 'its own'])
    }
  })
})

describe('failing handlers', () => {
  it('are all called, gathered, handed to onError with the event, and answered 500 without detail', async () => {
    const first = new Error('the database is down')
    const { handle, failures } = handlerWith({
      onAny: () => {
        throw first
      },
      on: { 'User.Created': () => Promise.reject('no mail') },
    })
    const response = await handle(signedRequest())
    expect(response.status).toBe(500)
    expect(await response.text()).not.toMatch(/database|mail/)
    expect(failures).toHaveLength(1)
    expect(failures[0]?.error).toBeInstanceOf(AggregateError)
    expect(failures[0]?.error).toMatchObject({ errors: [first, 'no mail'] })
    expect(failures[0]?.event?.event).toBe('User.Created')
  })

  describe('without onError', () => {
    beforeEach(() => {
      vi.spyOn(console, 'error').mockImplementation(() => {})
      vi.spyOn(console, 'warn').mockImplementation(() => {})
    })
    afterEach(() => {
      vi.restoreAllMocks()
    })

    it('are written to the console, as other mistakes of this server', async () => {
      const handle = createWebhookHandler({
        signingKey: SIGNING_KEY,
        onAny: () => Promise.reject(new Error('down')),
      })
      await handle(signedRequest())
      const used = signedRequest()
      await used.text()
      await handle(used)
      const entries = vi.mocked(console.error).mock.calls.map(([entry]) => String(entry).split('\n'))
      expect(entries.map(([line]) => line)).toEqual([
        'interaqt-logto: webhook User.Created was not handled: 1 handler(s) of User.Created failed; because: down',
        expect.stringMatching(
          /^interaqt-logto: a webhook was not handled: body_already_parsed: The body was read/,
        ),
      ])
      // One stack, of what the handler threw.
      expect(entries[0]?.slice(1).every((frame) => frame.startsWith('    at '))).toBe(true)
    })

    it('are not joined there by what strangers send, which has one warning for each code and minute', async () => {
      const handle = createWebhookHandler({ signingKey: SIGNING_KEY })
      for (let time = 0; time < 5; time++) await handle(new Request(`${URL}?${time}`, { method: 'POST' }))
      expect(console.error).not.toHaveBeenCalled()
      expect(vi.mocked(console.warn).mock.calls).toEqual([
        [expect.stringMatching(/^interaqt-logto: 401 at POST \/\S*: signature_missing: .* What to do: /)],
      ])
    })

    it('go to the logger, and what is refused to onRefused', async () => {
      const lines: string[] = []
      const write = (line: string) => void lines.push(line)
      const onRefused = vi.fn()
      const handle = createWebhookHandler({
        signingKey: SIGNING_KEY,
        onAny: () => Promise.reject(new Error('down')),
        logger: { info: write, warn: write, error: write },
        onRefused,
      })
      await handle(signedRequest())
      await handle(new Request(URL, { method: 'POST' }))
      expect(lines).toEqual([expect.stringContaining('because: down')])
      expect(onRefused.mock.calls).toEqual([
        [expect.objectContaining({ code: 'signature_missing' }), expect.any(Request)],
      ])
      expect(console.error).not.toHaveBeenCalled()
      expect(console.warn).not.toHaveBeenCalled()
    })

    it('an onError that throws changes no answer', async () => {
      const { handle } = handlerWith({
        onError: () => {
          throw new Error('logging is down')
        },
      })
      expect((await handle(new Request(URL, { method: 'POST' }))).status).toBe(401)
      expect(console.error).toHaveBeenCalledOnce()
    })
  })
})

describe('time', () => {
  it.each([
    ['the one of every event', (work: () => unknown) => ({ onAny: work })],
    ['the one of its event', (work: () => unknown) => ({ on: { 'User.Created': work } })],
    [
      'one with a then of its own, as database libraries return it',
      (work: () => Promise<void>) => ({
        // biome-ignore lint/suspicious/noThenProperty: this is what it is about
        onAny: () => ({ then: (...args: Parameters<Promise<void>['then']>) => work().then(...args) }),
      }),
    ],
  ])('2xx comes only after the handlers have finished: %s', async (_, optionsOf) => {
    const unfinished = handlerWith({ ...optionsOf(() => new Promise(() => {})), answerWithinMs: 20 })
    expect((await unfinished.handle(signedRequest())).status).toBe(503)

    const order: string[] = []
    const work = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push('finished')
    }
    const { status } = await handlerWith(optionsOf(work)).handle(signedRequest())
    order.push(`answered ${status}`)
    expect(order).toEqual(['finished', 'answered 200'])
  })

  it('handlers that are too slow are answered 503 and left to finish', async () => {
    let finish = () => {}
    const working = new Promise<void>((resolve) => {
      finish = resolve
    })
    const finished = vi.fn()
    const { handle, failures } = handlerWith({ answerWithinMs: 20, onAny: () => working.then(finished) })
    expect(await answerOf(await handle(signedRequest()))).toMatchObject({
      status: 503,
      json: { error: { code: 'answer_timeout' } },
    })
    expect(finished).not.toHaveBeenCalled()
    finish()
    await vi.waitFor(() => expect(finished).toHaveBeenCalled())
    expect(failures).toEqual([])
  })

  it('what they throw afterwards still reaches onError', async () => {
    let fail = (_: Error) => {}
    const working = new Promise<void>((_, reject) => {
      fail = reject
    })
    const { handle, failures } = handlerWith({ answerWithinMs: 20, onAny: () => working })
    expect((await handle(signedRequest())).status).toBe(503)
    fail(new Error('late'))
    await vi.waitFor(() => expect(failures).toHaveLength(1))
    expect(failures[0]).toMatchObject({ event: { event: 'User.Created' } })
  })

  it('a body that does not come is 408, whether its length was announced or not', async () => {
    const never = () => new ReadableStream<Uint8Array>()
    const { handle } = handlerWith({ bodyTimeoutMs: 20 })
    const body = eventJson()
    for (const announced of [{}, { 'content-length': String(body.length) }]) {
      const headers = { ...signedHeaders(body), ...announced }
      const request = new Request(URL, { method: 'POST', headers, body: never(), ...STREAMED })
      expect(await answerOf(await handle(request))).toMatchObject({
        status: 408,
        json: { error: { code: 'body_timeout' } },
      })
    }
  })

  it('the limits are 9 s for the answer and 5 s for the body when nothing else is said', async () => {
    vi.useFakeTimers()
    try {
      const { handle } = handlerWith({ onAny: () => new Promise(() => {}) })
      const slow = handle(signedRequest())
      await vi.advanceTimersByTimeAsync(8_999)
      expect(await Promise.race([slow, 'still waiting'])).toBe('still waiting')
      await vi.advanceTimersByTimeAsync(1)
      expect((await slow).status).toBe(503)

      const headers = signedHeaders(eventJson())
      const loris = handle(
        new Request(URL, { method: 'POST', headers, body: new ReadableStream(), ...STREAMED }),
      )
      await vi.advanceTimersByTimeAsync(4_999)
      expect(await Promise.race([loris, 'still waiting'])).toBe('still waiting')
      await vi.advanceTimersByTimeAsync(1)
      expect((await loris).status).toBe(408)
    } finally {
      vi.useRealTimers()
    }
  })
})
