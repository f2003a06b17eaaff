import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { EdgeVM } from '@edge-runtime/vm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AppOptions,
  createApp,
  createDataAPI,
  type RunningServer,
  type SessionRoutes,
  startServer,
} from '../../src/http/index.js'

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => ({ id: 1, logtoId: 'alice0000000' }) } },
}

const TEXT = 'what the other server says '.repeat(200)
let ended = vi.fn()
const ROUTES: Record<string, RequestListener> = {
  '/text': (_, response) => {
    response.writeHead(200, {
      'content-type': 'text/plain',
      'content-encoding': 'gzip',
      'set-cookie': ['interaqt-session=hunter2; Path=/', 'other=hunter2'],
      'set-cookie2': 'hunter2',
      connection: 'keep-alive, X-Internal',
      'x-internal': 'hunter2',
      'keep-alive': 'timeout=999',
      te: 'trailers',
      trailer: 'x-sum',
      upgrade: 'h2c',
      'proxy-authenticate': 'Basic realm="hunter2"',
      'proxy-anything': 'hunter2',
      'clear-site-data': '"*"',
      'strict-transport-security': 'max-age=0',
      'access-control-allow-origin': 'https://attacker.example',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': '*',
      'x-content-type-options': 'sniff',
      etag: '"v1"',
      'x-page': '2',
    })
    response.end(gzipSync(TEXT))
  },
  '/cached': (_, response) => response.writeHead(200, { 'cache-control': 'max-age=60' }).end('x'),
  '/nothing': (_, response) => response.writeHead(204, { etag: '"v1"' }).end(),
  '/unchanged': (_, response) => response.writeHead(304, { etag: '"v1"' }).end(),
  '/missing': (_, response) => response.writeHead(404, 'No such thing', { 'content-length': 5 }).end('no...'),
  '/moved': (_, response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
  '/head': (_, response) => response.writeHead(200, { 'content-length': 12_345 }).end(),
  '/endless': (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: first\n\n')
    request.on('close', ended)
  },
}

let upstream: Server
let base: string
beforeAll(async () => {
  upstream = createServer((request, response) => ROUTES[request.url ?? '']?.(request, response))
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const address = upstream.address()
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterAll(() => {
  upstream.closeAllConnections()
  upstream.close()
})

const running: RunningServer[] = []
const lines: string[] = []
const write = (line: string) => void lines.push(line)
const logger = { info: write, warn: write, error: write }
beforeEach(() => {
  lines.length = 0
  ended = vi.fn()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 })))
})

/** The answer of a data API over HTTP. */
async function answerOf(handle: () => unknown, options: Partial<AppOptions> = {}): Promise<Response> {
  const apis = { x: createDataAPI(handle) }
  const server = await startServer(controller, {
    port: 0,
    parseUserId: () => 'alice0000000',
    logger,
    apis,
    ...options,
  })
  running.push(server)
  const headers = { origin: 'https://app.example' }
  return fetch(`${server.url}/api/x`, { method: 'POST', redirect: 'manual', headers })
}
const CORS = { origin: 'https://app.example', credentials: true }
/** Sign-in on the server that renews its cookie at every answer. */
const session: SessionRoutes = {
  mount: (app) => {
    app.use('*', async (c, next) => {
      await next()
      c.header('set-cookie', 'interaqt-session=ours', { append: true })
    })
  },
}
const SETTINGS: [string, Partial<AppOptions>][] = [
  ['alone', {}],
  ['with cors', { cors: CORS }],
  ['with a session', { session }],
  ['with both', { cors: CORS, session }],
]

describe.each(SETTINGS)('an answer of fetch, %s', (_, options) => {
  const cookies = options.session ? ['interaqt-session=ours'] : []

  it('goes on with its body and without what is not for this caller', async () => {
    const response = await answerOf(() => fetch(`${base}/text`), options)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(TEXT)
    const { headers } = response
    expect(JSON.stringify([...headers])).not.toContain('hunter2')
    expect(headers.getSetCookie()).toEqual(cookies)
    for (const name of [
      'content-encoding',
      'te',
      'trailer',
      'upgrade',
      'clear-site-data',
      'strict-transport-security',
    ])
      expect([name, headers.get(name)]).toEqual([name, null])
    expect(headers.get('keep-alive')).not.toBe('timeout=999')
    expect([headers.get('content-type'), headers.get('etag'), headers.get('x-page')]).toEqual([
      'text/plain',
      '"v1"',
      '2',
    ])
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
      'no-store',
      'nosniff',
    ])
    expect(headers.get('access-control-allow-origin')).toBe(options.cors ? 'https://app.example' : null)
    expect(headers.get('access-control-allow-credentials')).toBe(options.cors ? 'true' : null)
    expect(headers.get('access-control-expose-headers')).toBe(
      options.cors ? 'WWW-Authenticate,Retry-After' : null,
    )
    expect(lines).toEqual([])
  })

  it.each([
    ['/nothing', 204, ''],
    ['/unchanged', 304, ''],
    ['/missing', 404, 'no...'],
    ['/head', 200, ''],
  ])('may be %s: %i', async (path, status, text) => {
    const init = path === '/head' ? { method: 'HEAD' } : {}
    const response = await answerOf(() => fetch(`${base}${path}`, init), options)
    expect([response.status, await response.text()]).toEqual([status, text])
    expect(lines).toEqual([])
  })

  it('may be a redirect that was not followed, and its clone', async () => {
    const moved = await answerOf(async () => {
      const response = await fetch(`${base}/moved`, { redirect: 'manual' })
      return response.clone()
    }, options)
    expect([moved.status, moved.headers.get('location')]).toEqual([302, 'https://elsewhere.example/'])
  })

  it.each([
    ['Response.redirect()', () => Response.redirect('https://app.example/next', 303), 303, ''],
    [
      'a Response of its own',
      () => new Response('made', { status: 202, headers: { 'set-cookie': 'a=1' } }),
      202,
      'made',
    ],
    ['Response.json()', () => Response.json({ a: 1 }), 200, '{"a":1}'],
    ['an empty one', () => new Response(null, { status: 204 }), 204, ''],
  ])('is not needed: the application may make %s', async (name, make, status, text) => {
    const response = await answerOf(make, options)
    expect([response.status, await response.text()]).toEqual([status, text])
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('cache-control')).toBe('no-store')
    if (status === 303) expect(response.headers.get('location')).toBe('https://app.example/next')
    if (name === 'a Response of its own') expect(response.headers.getSetCookie()).toContain('a=1')
    expect(lines).toEqual([])
  })
})

it('keeps the cache-control of the other server', async () => {
  const response = await answerOf(() => fetch(`${base}/cached`))
  expect(response.headers.get('cache-control')).toBe('max-age=60')
})

it('streams, and ends the request to the other server when the caller goes away', async () => {
  const response = await answerOf(() => fetch(`${base}/endless`))
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  expect(new TextDecoder().decode(value)).toBe('data: first\n\n')
  await reader?.cancel()
  await vi.waitFor(() => expect(ended).toHaveBeenCalled())
})

describe('a Response of another realm', () => {
  const { Response: EdgeResponse } = new EdgeVM().context

  it('goes out as one of this realm', async () => {
    const make = () =>
      new EdgeResponse('from the edge', { status: 201, headers: { 'x-page': '2', 'set-cookie': 'a=1' } })
    expect(make()).not.toBeInstanceOf(Response)
    const response = await answerOf(make)
    expect([response.status, response.headers.get('x-page'), await response.text()]).toEqual([
      201,
      '2',
      'from the edge',
    ])
    expect(response.headers.getSetCookie()).toEqual(['a=1'])
  })

  /** As node-fetch 3 has it: a stream of Node as body, also where there must be none. */
  class NodeFetchResponse {
    readonly statusText = ''
    readonly bodyUsed = false
    readonly body: Readable
    readonly headers: Headers
    constructor(
      text: string,
      readonly status: number,
      headers: Record<string, string>,
      readonly url: string,
    ) {
      this.body = Readable.from([Buffer.from(text)])
      this.headers = new Headers(headers)
    }
    get [Symbol.toStringTag]() {
      return 'Response'
    }
  }

  it.each([
    [200, 'text', 'text'],
    [204, '', ''],
    [304, '', ''],
    [502, 'broken', 'broken'],
  ])('may have a stream of Node as its body: %i', async (status, text, expected) => {
    const headers = { 'set-cookie': 'hunter2=1', 'content-encoding': 'br', 'x-page': '2' }
    const response = await answerOf(
      () => new NodeFetchResponse(text, status, headers, 'http://upstream.example/'),
    )
    expect([response.status, await response.text(), response.headers.get('x-page')]).toEqual([
      status,
      expected,
      '2',
    ])
    expect(JSON.stringify([...response.headers])).not.toMatch(/hunter2|"br"/)
  })
})

describe('a Response that cannot be sent', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'whose body was read',
      async () => {
        const response = await fetch(`${base}/text`)
        await response.text()
        return response
      },
      /has been read already.*return response\.clone\(\)/,
    ],
    [
      'whose body is being read',
      () => {
        const response = new Response('x')
        response.body?.getReader()
        return response
      },
      /has been read already/,
    ],
    ['that is Response.error()', () => Response.error(), /status 0 cannot be sent/],
  ])('%s is 500, and the log says what to change', async (_, handle, line) => {
    for (const options of [{}, { cors: CORS, session }]) {
      lines.length = 0
      const response = await answerOf(handle, options)
      expect([response.status, (await response.json()).error.code]).toEqual([500, 'internal_error'])
      expect(lines).toEqual([expect.stringMatching(line)])
    }
  })
})

describe("a route of the application's own", () => {
  it.each(SETTINGS)('may answer with a Response whose headers cannot change: %s', async (_, options) => {
    const app = createApp(controller, { parseUserId: () => undefined, logger, ...options })
    app.get('/moved', () => Response.redirect('https://app.example/next'))
    app.get('/text', () => fetch(`${base}/cached`))
    const moved = await app.request('/moved')
    expect([moved.status, moved.headers.get('location')]).toEqual([302, 'https://app.example/next'])
    const text = await app.request('/text')
    expect([text.status, await text.text(), text.headers.get('cache-control')]).toEqual([
      200,
      'x',
      'max-age=60',
    ])
    for (const { headers } of [moved, text]) expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(lines).toEqual([])
  })
})

it('an Error that a data API returns is thrown, not shown', async () => {
  const error = Object.assign(new Error('hunter2'), { toJSON: () => ({ config: 'hunter2' }) })
  const response = await answerOf(() => error)
  expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('hunter2')])
})
