import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createStorage } from 'unstorage'
import { type InteraqtController, type ServerOptions, startServer } from '../src/http/index.js'
import { Client, createParseUserId } from '../src/server/index.js'
import { ALICE, BASE_URL, createApplication, signedIn, startLogto } from '../test/session/application.js'
import { createSigningKey, RESOURCE, signToken, userClaims } from '../test/support/issuer.js'
import { interleaved, median, ratioOf } from './interleaved.js'
import type { LoadOrder, LoadResult } from './webhook-load.js'

// What a session costs in POST /interaction/:name, against a bearer token that was verified before, over real sockets.
// npx tsx bench/session.ts. The interaction does nothing and the user is found at once, so that nothing hides the cost.

const WANTED = 0.8
const REQUESTS = 5_000
const CONNECTIONS = 16

const logto = await startLogto()
const load = fork(new URL('./webhook-load.ts', import.meta.url), { execArgv: process.execArgv })
const controller: InteraqtController = {
  findEventSourceByName: (name) => ({ name, entity: { name: '_Interaction_' } }),
  dispatch: async () => ({ data: { done: true } }),
  system: { storage: { findOne: async () => ({ id: 1, logtoId: 'fqxs9dd65si6' }) } },
}

const bearer = await withBearerToken()
for (const [name, options] of [
  ['in the cookie', {}],
  ['in a store (memory)', { store: createStorage() }],
] as const) {
  const application = createApplication(logto.url, options)
  const browser = await signedIn(application, ALICE)
  const { parseUserId } = application.session
  const session = await serve({ parseUserId, session: application.session }, [
    `cookie: ${browser.cookieHeader(BASE_URL)}`,
    `origin: ${BASE_URL}`,
    'sec-fetch-site: same-origin',
  ])
  const [ours, theirs] = await interleaved(session.load, bearer.load, 15)
  await session.close()
  const ratio = ratioOf('rate', ours, theirs)
  const cpuRatio = ratioOf('cpuRate', ours, theirs)
  const [ourRate, theirRate] = [ours, theirs].map((rounds) =>
    Math.round(median(rounds.map(({ rate }) => rate))),
  )
  console.log(
    `POST /interaction/:name with a session ${name}, against a warm bearer token: ${ratio.toFixed(2)} ` +
      `(wanted ${WANTED}): ${ourRate}/s to ${theirRate}/s; by CPU time ${cpuRatio.toFixed(2)}`,
  )
  if (Math.max(ratio, cpuRatio) < WANTED) process.exitCode = 1
}
load.kill()
await Promise.all([bearer.close(), logto.close()])

async function withBearerToken() {
  const issuer = 'http://127.0.0.1:3001/oidc'
  const key = await createSigningKey('ES384')
  const token = await signToken(key, userClaims(issuer))
  const client = new Client({
    logtoEndpoint: 'http://127.0.0.1:3001',
    resource: RESOURCE,
    fetch: async () => Response.json({ issuer, jwks_uri: `${issuer}/jwks`, keys: [key.publicJwk] }),
  })
  return serve({ parseUserId: createParseUserId(client) }, [`authorization: Bearer ${token}`])
}

async function serve(options: Omit<ServerOptions, 'port'>, headers: readonly string[]) {
  const server = await startServer(controller, { ...options, port: 0 })
  const body = JSON.stringify({ payload: { to: 'bob' } })
  const request = [
    'POST /interaction/sendFriendRequest HTTP/1.1',
    'host: x',
    ...headers,
    'content-type: application/json',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
  const port = Number(new URL(server.url).port)
  const order: LoadOrder = { port, request, connections: CONNECTIONS, requests: REQUESTS }
  return {
    close: () => server.close(),
    load: async () => {
      const { statuses } = await loaded(load, order)
      if (statuses['200'] !== REQUESTS) throw new Error(`Answered ${JSON.stringify(statuses)}`)
      return REQUESTS
    },
  }
}

async function loaded(load: ChildProcess, order: LoadOrder): Promise<LoadResult> {
  load.send(order)
  const [result] = await once(load, 'message')
  return result
}
