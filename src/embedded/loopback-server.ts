import { createServer, type RequestListener, type Server } from 'node:http'

/** The only address that an embedded Logto listens on. */
export const LOOPBACK = '127.0.0.1'

/** An HTTP server on loopback. Its listener is given after its creation. */
export class LoopbackServer {
  readonly #server: Server = createServer()

  /**
   * @param port - 0 takes a free one.
   * @returns the port taken.
   * @throws Error with `code` `EADDRINUSE` when the port is taken.
   */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, LOOPBACK, () => {
        this.#server.off('error', reject)
        const address = this.#server.address()
        resolve(typeof address === 'object' && address ? address.port : port)
      })
    })
  }

  answer(listener: RequestListener): void {
    this.#server.on('request', listener)
  }

  /** Stops listening and ends all open connections, also those that still wait for an answer. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}
