import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A server of the test: its origin, and how to stop it. */
export interface Site {
  url: string
  close(): Promise<void>
}

/** Serves a page at every path; it loads the browser entry, then runs `script` (a module that finds `lib` on window). */
export async function serveFrontend(script: () => string): Promise<Site> {
  const library = await bundle()
  return serve((request, response) => {
    const isScript = request.url === '/library.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(isScript ? library : html(script()))
  })
}

/** One request that the API has received. */
export interface ReceivedCall {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

/** An API of another origin than the page's, which remembers its calls. */
export interface TestApi extends Site {
  calls: ReceivedCall[]
  /** Replaces the answer of every call but the preflight; `undefined` sends the default, `{ data: … }`. */
  answer: ((call: ReceivedCall) => Partial<Answer> | Promise<Partial<Answer>> | undefined) | undefined
  /** Whether pages may read the answers. */
  allowsCors: boolean
}

interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export async function serveApi(): Promise<TestApi> {
  const site = await serve(async (request, response) => {
    if (api.allowsCors) {
      response.setHeader('access-control-allow-origin', request.headers.origin ?? '*')
      response.setHeader('access-control-allow-headers', 'authorization, content-type, x-user-id')
      response.setHeader('access-control-expose-headers', 'retry-after')
    }
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    const call = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: await text(request),
    }
    const isPing = call.path.endsWith('/ping')
    if (!isPing) api.calls.push(call)
    const answer = isPing ? undefined : await api.answer?.(call)
    response.writeHead(answer?.status ?? 200, { 'content-type': 'application/json', ...answer?.headers })
    response.end(answer?.body ?? JSON.stringify({ data: call.path }))
  })
  const api: TestApi = { ...site, calls: [], answer: undefined, allowsCors: true }
  return api
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

function html(script: string): string {
  return `<!doctype html><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">
<script type="module" src="/library.js"></script><script type="module">${script}</script>`
}

function serve(listener: RequestListener): Promise<Site> {
  const server: Server = createServer(listener)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done())
            server.closeAllConnections()
          }),
      })
    })
  })
}
