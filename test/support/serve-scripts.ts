import { createServer } from 'node:http'
import { freePort } from './free-port.js'

/** Serves pages that are nothing but a script, the one that `scriptAt` gives for the path. */
export async function serveScripts(scriptAt: (path: string) => string) {
  const site = createServer(({ url = '/' }, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      `<!doctype html><title>App</title><link rel="icon" href="data:,"><script type="module">${scriptAt(url)}</script>`,
    )
  })
  const port = await freePort()
  await new Promise<void>((resolve) => site.listen(port, '127.0.0.1', resolve))
  return {
    port,
    close: () =>
      new Promise<void>((resolve) => {
        site.close(() => resolve())
        site.closeAllConnections()
      }),
  }
}
