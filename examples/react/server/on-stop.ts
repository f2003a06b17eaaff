/**
 * Calls `close` once when the process is asked to stop; it ends when nothing is left to do. A terminal's Ctrl-C can arrive
 * twice, from the terminal and from the npm script that runs this, so the second one must not cut the first one short.
 */
export function onStop(close: () => Promise<unknown>): void {
  let isClosing = false
  const stop = () => {
    if (!isClosing) void close()
    isClosing = true
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
}
