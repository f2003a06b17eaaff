import type { DatabaseLogger } from 'interaqt'

/** Interaqt's default logger prints every statement. */
export const silentLogger: DatabaseLogger = {
  info: () => {},
  error: () => {},
  child: () => silentLogger,
}
