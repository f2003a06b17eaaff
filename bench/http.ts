import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { INTERACTION_RECORD } from 'interaqt'
import { type InteraqtController, type ParseUserId, startServer } from '../src/http/index.js'
import { Client, createParseUserId } from '../src/server/index.js'
import { createSigningKey, RESOURCE, signToken, userClaims } from '../test/support/issuer.js'
import { interleaved, median, ratioOf, spreadOf } from './interleaved.js'
import type { LoadOrder, LoadResult } from './webhook-load.js'

// What a verified token adds to POST /interaction/:name, over real sockets.  npx tsx bench/http.ts
// The interaction does nothing and the user is found at once, so that nothing hides the cost: in an application with a
// database the ratio is nearer to 1.

const ISSUER = 'http://127.0.0.1:3001/oidc'
const WANTED = 0.9
const REQUESTS = 2_000
const CONNECTIONS = 16

const key = await createSigningKey('ES384')
const token = await signToken(key, userClaims(ISSUER))
const logto = new Client({
  logtoEndpoint: 'http://127.0.0.1:3001',
  resource: RESOURCE,
  fetch: async () => Response.json({ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks`, keys: [key.publicJwk] }),
})
const controller: InteraqtController = {
  findEventSourceByName: (name) => ({ name, entity: { name: INTERACTION_RECORD } }),
  dispatch: async () => ({ data: { done: true } }),
  system: { storage: { findOne: async () => ({ id: 1, logtoId: 'fqxs9dd65si6' }) } },
}

const verified = await serve(createParseUserId(logto))
const constant = await serve(() => 'fqxs9dd65si6')
const load = fork(new URL('./webhook-load.ts', import.meta.url), { execArgv: process.execArgv })
const [ours, theirs] = await interleaved(verified.load, constant.load, 25)
load.kill()
await Promise.all([verified.close(), constant.close()])

// The load comes from a process of its own, so that CPU time is the server's alone. The clock counts the load's too, and
// whatever else the machine does.
const ratio = ratioOf('cpuRate', ours, theirs)
const [low, high] = spreadOf('cpuRate', ours, theirs)
const [ourRate, theirRate] = [ours, theirs].map((rounds) =>
  Math.round(median(rounds.map(({ rate }) => rate))),
)
console.log(
  `POST /interaction/:name with a warm token, against parseUserId that returns a constant: ${ratio.toFixed(2)} by CPU ` +
    `time (wanted ${WANTED}, half of ${ours.length} rounds ${low.toFixed(2)} to ${high.toFixed(2)}); by the clock ` +
    `${ratioOf('rate', ours, theirs).toFixed(2)}, ${ourRate}/s to ${theirRate}/s`,
)
if (ratio < WANTED) process.exitCode = 1

async function serve(parseUserId: ParseUserId) {
  const server = await startServer(controller, { port: 0, parseUserId })
  const body = JSON.stringify({ payload: { to: 'bob' } })
  const request = [
    'POST /interaction/sendFriendRequest HTTP/1.1',
    'host: x',
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
  const order = {
    port: Number(new URL(server.url).port),
    request,
    connections: CONNECTIONS,
    requests: REQUESTS,
  }
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
