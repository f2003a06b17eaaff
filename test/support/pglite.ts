import { PGLiteDB } from 'interaqt/drivers'
import { silentLogger } from './interaqt-app-logger.js'

/** A PGLite in memory, which is gone when it is closed. */
export function openPglite(): PGLiteDB {
  return new PGLiteDB(undefined, { logger: silentLogger })
}
