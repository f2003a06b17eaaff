import { createServer, type Server, type ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Client, type ClientSettings } from '../../src/server/index.js'
import { createSigningKey, RESOURCE, type SigningKey, signToken, userClaims } from '../support/issuer.js'

const SMALL = 262_144
const LARGE = 8_388_608
/** What a decompressor and the streams behind it may hold already when the reading ends. */
const SLACK = 262_144

/** JSON of 128 MiB that begins as a good answer would. */
const blank = Buffer.alloc(128 * 1_048_576, ' ')
blank.write('{"keys":[],"access_token":"t","expires_in":60,"issuer":"http://logto/oidc","x":"')
const bombs: [encoding: string, body: Buffer][] = [
  ['gzip', gzipSync(blank)],
  ['deflate', deflateSync(blank)],
  ['br', brotliCompressSync(blank)],
  ['gzip, gzip', gzipSync(gzipSync(blank))],
]

type Kind = 'discovery' | 'jwks' | 'token' | 'users' | 'user' | 'deliveries'

let server: Server
let endpoint: string
let key: SigningKey
/** Answers instead of the good answer of a kind. */
let attack: { kind: Kind; answer: (response: ServerResponse) => void } | undefined
/** Bytes of each answer after decompression that the Client has read. */
let read: number[]
let requests: Kind[]

beforeAll(async () => {
  key = await createSigningKey()
  server = createServer((request, response) => {
    const kind = kindOf(request.url ?? '')
    requests.push(kind)
    if (attack?.kind === kind) return attack.answer(response)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(good(kind)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  attack = undefined
  read = []
  requests = []
})

function kindOf(path: string): Kind {
  if (path.includes('openid-configuration')) return 'discovery'
  if (path.includes('/oidc/jwks')) return 'jwks'
  if (path.includes('/oidc/token')) return 'token'
  if (path.includes('/api/hooks/')) return 'deliveries'
  return path.startsWith('/api/users/') ? 'user' : 'users'
}

function good(kind: Kind): unknown {
  if (kind === 'discovery') return { issuer: `${endpoint}/oidc`, jwks_uri: `${endpoint}/oidc/jwks` }
  if (kind === 'jwks') return { keys: [key.publicJwk] }
  if (kind === 'token') return { access_token: 't', expires_in: 60 }
  return kind === 'user' ? { id: 'abc', updatedAt: 1 } : []
}

/** A fetch that counts what is read of each answer. */
const counting: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  const at = read.push(0) - 1
  const counted = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        read[at] = (read[at] ?? 0) + chunk.byteLength
        controller.enqueue(chunk)
      },
    }),
  )
  return new Response(counted, { status: response.status, headers: response.headers })
}

const clientWith = (settings: ClientSettings = {}) =>
  new Client({
    logtoEndpoint: endpoint,
    resource: RESOURCE,
    appId: 'app',
    appSecret: 'secret',
    keys: { cooldownMs: 0 },
    fetch: counting,
    ...settings,
  })

const first = async (list: AsyncIterable<unknown>) => {
  for await (const row of list) return row
}
const verify = async (client: Client) =>
  client.verifyAccessToken(await signToken(key, userClaims(`${endpoint}/oidc`)))

const cases: [Kind, maxBytes: number, code: string, ask: (client: Client) => Promise<unknown>][] = [
  ['discovery', SMALL, 'keys_unavailable', verify],
  ['jwks', SMALL, 'keys_unavailable', verify],
  ['token', SMALL, 'response_too_large', (client) => client.getManagementToken()],
  ['users', LARGE, 'response_too_large', (client) => first(client.users())],
  ['user', LARGE, 'response_too_large', (client) => client.getUser('abc')],
  ['deliveries', LARGE, 'response_too_large', (client) => first(client.recentDeliveries('hook'))],
]

describe.each(cases)('an answer without end: %s', (kind, maxBytes, code, ask) => {
  it.each(bombs)('compressed by %s, is read up to the limit', async (encoding, body) => {
    const answer = (response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(body)
    attack = { kind, answer }
    await expect(ask(clientWith())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`answered with more than ${maxBytes} bytes`),
    })
    expect(Math.max(...read)).toBeGreaterThan(maxBytes)
    expect(Math.max(...read)).toBeLessThan(maxBytes + SLACK)
    attack = undefined
    await ask(clientWith())
  })

  it.each([200, 404, 500, 503])(
    'in pieces without a length, with status %i, is given up, and its connection closed',
    async (status) => {
      let closed: Promise<unknown> = Promise.resolve()
      const answer = (response: ServerResponse) => {
        const piece = Buffer.alloc(65_536, ' ')
        const isOver = new Promise((resolve) => response.on('close', resolve))
        closed = isOver
        response.writeHead(status, { 'content-type': 'application/json' })
        const write = () => {
          while (!response.destroyed && response.write(piece));
        }
        response.on('drain', write)
        write()
      }
      attack = { kind, answer }
      await expect(ask(clientWith())).rejects.toMatchObject({ code })
      await closed
      expect(Math.max(...read)).toBeLessThan(maxBytes + SLACK)
    },
  )
})

describe('the limits', () => {
  const answering = (kind: Kind, text: string) => {
    attack = {
      kind,
      answer: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
    }
  }
  const padded = (value: unknown, bytes: number) => JSON.stringify(value).padEnd(bytes)

  it('let an answer pass that is as long as it may be', async () => {
    answering('jwks', padded(good('jwks'), SMALL))
    expect(await verify(clientWith())).toMatchObject({ aud: RESOURCE })
    answering('jwks', padded(good('jwks'), SMALL + 1))
    await expect(verify(clientWith())).rejects.toMatchObject({ code: 'keys_unavailable' })
  })

  it('of the Management API are management.maxBytes, and nothing is asked for again', async () => {
    answering('user', padded(good('user'), 1_000))
    expect(await clientWith({ management: { maxBytes: 1_000 } }).getUser('abc')).toMatchObject({ id: 'abc' })
    requests = []
    await expect(clientWith({ management: { maxBytes: 999 } }).getUser('abc')).rejects.toMatchObject({
      code: 'response_too_large',
      status: 502,
      message: `${endpoint}/api/users/abc answered with more than 999 bytes: if this is your Logto, raise management.maxBytes`,
    })
    expect(requests).toEqual(['token', 'user'])
  })

  it('tell the caller nothing of it', async () => {
    answering('user', padded(good('user'), LARGE + 1))
    const error = await clientWith()
      .getUser('abc')
      .catch((error) => error)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      error: { code: 'logto_unavailable', message: 'The sign-in service is not available.' },
    })
  })
})
