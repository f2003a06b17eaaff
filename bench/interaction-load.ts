import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { INTERACTION_RECORD } from 'interaqt'
import { type InteraqtController, type ServerOptions, startServer } from '../src/http/index.js'
import type { LoadOrder, LoadResult } from './webhook-load.js'

// What bench/http.ts and bench/session.ts measure: POST /interaction/:name over real sockets, with the load in a process
// of its own, so that CPU time is the server's alone. The interaction does nothing and the user is found at once, so
// that nothing hides the cost: in an application with a database the ratios are nearer to 1.

const CONNECTIONS = 16

const controller: InteraqtController = {
  findEventSourceByName: (name) => ({ name, entity: { name: INTERACTION_RECORD } }),
  dispatch: async () => ({ data: { done: true } }),
  system: { storage: { findOne: async () => ({ id: 1, logtoId: 'fqxs9dd65si6' }) } },
}

/** The process that sends. */
export function startLoad(): ChildProcess {
  return fork(new URL('./webhook-load.ts', import.meta.url), { execArgv: process.execArgv })
}

/** A server whose interaction `load` calls `requests` times, with these header lines. */
export async function serveInteraction(
  load: ChildProcess,
  requests: number,
  options: Omit<ServerOptions, 'port'>,
  headers: readonly string[],
) {
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
  const order: LoadOrder = {
    port: Number(new URL(server.url).port),
    request,
    connections: CONNECTIONS,
    requests,
  }
  return {
    close: () => server.close(),
    load: async () => {
      load.send(order)
      const [{ statuses }]: [LoadResult] = (await once(load, 'message')) as [LoadResult]
      if (statuses['200'] !== requests) throw new Error(`Answered ${JSON.stringify(statuses)}`)
      return requests
    },
  }
}
