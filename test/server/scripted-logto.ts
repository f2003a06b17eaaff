import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Client, type ClientSettings } from '../../src/server/index.js'
import recordedUser from '../fixtures/recordings/mgmt/user-get.json' with { type: 'json' }

/** An answer to one request. */
export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** What a server can do to a request beside answering it. */
export type Fault = 'reset' | 'hang'

/** A Logto of which each request is answered by the next of the scripted answers, the last of them for ever. */
export class ScriptedLogto {
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  tokenAnswers: (Answer | Fault)[] = [this.token('t1', 3_600)]
  apiAnswers: (Answer | Fault)[] = [recordedUser.response]
  tokenRequests: Record<string, string>[] = []
  apiRequests: { url: string | undefined; authorization: string | undefined; origin: string | undefined }[] =
    []

  token(access_token: string, expires_in: number): Answer {
    return { status: 200, body: { access_token, expires_in, token_type: 'Bearer', scope: 'all' } }
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isToken = request.url === '/oidc/token'
    if (isToken) this.tokenRequests.push(Object.fromEntries(new URLSearchParams(await textOf(request))))
    else {
      const { authorization, origin } = request.headers
      this.apiRequests.push({ url: request.url, authorization, origin })
    }
    const answers = isToken ? this.tokenAnswers : this.apiAnswers
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer === 'hang' || answer === undefined) return
    if (answer === 'reset') {
      request.socket.destroy()
      return
    }
    const { status, body, headers } = answer
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers, connection: 'close' })
      .end(text)
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** A machine's Client for a scripted Logto. */
export function machineClient(endpoint: string, settings: ClientSettings = {}): Client {
  const machine = { appId: 'm2m', appSecret: 'm2m-secret' }
  return new Client({ logtoEndpoint: endpoint, resource: 'x', ...machine, ...settings })
}
