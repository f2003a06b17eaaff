import { createServer } from 'node:net'

/** The ports that the demo would like to have. */
export const PREFERRED_PORTS = { logto: 3001, api: 4000, frontend: 5173 }

export type Ports = typeof PREFERRED_PORTS

/**
 * For each part the preferred port, or the next one that is free.
 *
 * @throws Error when none of the next 100 ports is free.
 */
export async function choosePorts(preferred: Ports): Promise<Ports> {
  const logto = await nextFreePort(preferred.logto, [])
  const api = await nextFreePort(preferred.api, [logto])
  const frontend = await nextFreePort(preferred.frontend, [logto, api])
  return { logto, api, frontend }
}

async function nextFreePort(first: number, taken: number[]): Promise<number> {
  for (let port = first; port < first + 100; port++) {
    if (!taken.includes(port) && (await isFree(port))) return port
  }
  throw new Error(
    `No free port between ${first} and ${first + 99} on 127.0.0.1: stop some of the servers there.`,
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
