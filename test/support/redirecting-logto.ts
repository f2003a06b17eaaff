import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** A server in front of a Logto that sends some of the requests on to a third one, which would answer them as Logto does. */
export interface RedirectingLogto {
  /** The Logto endpoint to configure. */
  url: string
  /** Paths that are redirected; none at first. */
  redirected: RegExp
  /** 301, 302, 303, 307 or 308. */
  status: number
  /** What came to the third server: method, path, and what was sent. */
  followed: string[]
  close(): Promise<void>
}

/** @param logtoUrl - of the Logto behind both. */
export async function startRedirectingLogto(logtoUrl: string): Promise<RedirectingLogto> {
  const followed: string[] = []
  const [thirdUrl, third] = await listen(async (request, response) => {
    const body = await text(request)
    followed.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`)
    await passOn(logtoUrl, request, body, response)
  })
  const [url, front] = await listen(async (request, response) => {
    const body = await text(request)
    if (!logto.redirected.test(request.url ?? '')) return passOn(logtoUrl, request, body, response)
    response.writeHead(logto.status, { location: thirdUrl + request.url }).end()
  })
  const close = async () => {
    for (const server of [front, third]) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  const logto: RedirectingLogto = { url, redirected: /^$/, status: 302, followed, close }
  return logto
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>

async function listen(answer: Answer): Promise<[url: string, Server]> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return [`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, server]
}

async function passOn(
  logtoUrl: string,
  { method = 'GET', url, headers }: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const sent = new Headers()
  for (const name of ['authorization', 'content-type', 'accept'] as const) {
    if (headers[name]) sent.set(name, headers[name])
  }
  const init = { method, headers: sent, redirect: 'manual' as const }
  const answer = await fetch(logtoUrl + url, body ? { ...init, body } : init)
  const type = answer.headers.get('content-type') ?? 'text/plain'
  response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()))
}
