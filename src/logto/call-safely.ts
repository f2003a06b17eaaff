import { failureEntry } from './log-line.js'
import type { Logger } from './logger.js'

/** Calls a callback of the application. What it throws, or rejects with later, is its own failure and changes no answer. */
export function callSafely(name: string, logger: Logger, callback: () => unknown): void {
  const report = (thrown: unknown) => {
    try {
      logger.error(failureEntry(`${name} threw`, thrown))
    } catch {
      // The logger is the application's too, and there is nobody left to tell.
    }
  }
  try {
    const result = callback()
    if (result instanceof Promise) result.catch(report)
  } catch (thrown) {
    report(thrown)
  }
}
