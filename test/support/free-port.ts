import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections, one of which may take a port that was free a moment ago. */
const FIRST = 15_000
const COUNT = 15_000

/** A TCP port of loopback that was free a moment ago, for programs that cannot take port 0. */
export async function freePort(): Promise<number> {
  for (;;) {
    // At random: several test files look for one at once.
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
